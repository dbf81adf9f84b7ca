import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly timeoutMinutes?: number
}

export const projectFolder = fileURLToPath(new URL('../..', import.meta.url))

/** Runs a command with its output passed on as it comes; resolves with its exit code, or with what ended it. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<number | string> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? projectFolder,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'inherit', 'inherit'],
      // a group of its own, so that a time limit ends the command's children too
      detached: process.platform !== 'win32',
      // .cmd files need it
      shell: process.platform === 'win32',
    })
    const minutes = options.timeoutMinutes ?? 20
    let timedOut = false
    const timer = setTimeout(() => {
      timedOut = true
      stopGroup(child)
    }, minutes * 60_000)
    const stopWithUs = () => stopGroup(child)
    for (const signal of endingSignals) process.once(signal, stopWithUs)

    const finish = (outcome: number | string) => {
      clearTimeout(timer)
      for (const signal of endingSignals) process.off(signal, stopWithUs)
      resolve(outcome)
    }
    child.once('error', (error) => finish(error.message))
    child.once('exit', (code, signal) => {
      if (timedOut) finish(`stopped after ${minutes} minutes`)
      else finish(code ?? `ended by ${signal}`)
    })
  })
}

/** A command that comes with a development dependency, run by this Node. */
export function runBinary(name: string, args: readonly string[], options?: CommandOptions): Promise<number | string> {
  const suffix = process.platform === 'win32' ? '.cmd' : ''
  return runCommand(`${projectFolder}node_modules/.bin/${name}${suffix}`, args, options)
}

/** Gives the runner's processes time to end the servers and browsers that they have started. */
function stopGroup(child: ChildProcess): void {
  signalGroup(child, 'SIGTERM')
  setTimeout(() => signalGroup(child, 'SIGKILL'), 10_000).unref()
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal)
  } catch {
    child.kill(signal)
  }
}

const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
