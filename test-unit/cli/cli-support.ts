import { PassThrough, Readable } from 'node:stream'
import type { CliIo } from '../../src/cli/io.js'
import { runCli } from '../../src/cli/run-cli.js'
import { within } from '../support/deadline.js'

export interface CliRun {
  readonly exited: Promise<number>
  stdout(): string
  stderr(): string
  interrupt(): void
  /** Resolves with the first match in both outputs. */
  waitFor(pattern: RegExp): Promise<RegExpMatchArray>
}

/** The command line in this process, with streams of its own. */
export function startCli(args: readonly string[], input: string | Readable = ''): CliRun {
  const listeners = new Set<() => void>()
  const collected = { stdout: '', stderr: '' }
  const collect = (name: 'stdout' | 'stderr') => {
    const stream = new PassThrough()
    stream.on('data', (chunk: Buffer) => {
      collected[name] += chunk.toString('latin1')
    })
    return stream
  }
  const io: CliIo = {
    stdin: typeof input === 'string' ? Readable.from(input === '' ? [] : [Buffer.from(input)]) : input,
    stdout: collect('stdout'),
    stderr: collect('stderr'),
    onInterrupt(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  const exited = within(runCli(args, io), `webtls ${args.join(' ')}`, 10_000)
  return {
    exited,
    stdout: () => collected.stdout,
    stderr: () => collected.stderr,
    interrupt() {
      for (const listener of [...listeners]) listener()
    },
    async waitFor(pattern) {
      for (let attempt = 0; attempt < 500; attempt++) {
        const match = (collected.stdout + collected.stderr).match(pattern)
        if (match) return match
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      throw new Error(`webtls ${args.join(' ')} did not say ${pattern}: ${collected.stdout}${collected.stderr}`)
    },
  }
}

export async function cli(args: readonly string[], input?: string) {
  const run = startCli(args, input)
  const code = await run.exited
  return { code, stdout: run.stdout(), stderr: run.stderr() }
}
