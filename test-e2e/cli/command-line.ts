import { spawn } from 'node:child_process'
import { testCli } from '../support/build-test-cli.js'
import { type ServerProcess, startProcess } from '../support/server-process.js'

/** The command line as a process of its own, to its end. Its output is closed once so many bytes have come. */
export async function webtls(
  args: readonly string[],
  input: string | Uint8Array = '',
  milliseconds = 20_000,
  enoughBytes = Number.POSITIVE_INFINITY,
) {
  const child = spawn(process.execPath, [testCli, ...args])
  const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
  let received = 0
  child.stdout.on('data', (chunk: Buffer) => {
    output.stdout.push(chunk)
    received += chunk.length
    if (received >= enoughBytes) child.stdout.destroy()
  })
  child.stderr.on('data', (chunk: Buffer) => output.stderr.push(chunk))
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds)
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  clearTimeout(timer)
  const bytes = Buffer.concat(output.stdout)
  return { code, bytes, stdout: bytes.toString('latin1'), stderr: Buffer.concat(output.stderr).toString('latin1') }
}

/** One of the commands that serve, with its output and signals. */
export const startWebtls = (args: readonly string[]): ServerProcess =>
  startProcess(process.execPath, [testCli, ...args])
