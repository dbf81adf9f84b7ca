import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { findCommand } from '../../scripts/install/find-command.js'

export interface ServerProcessOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** How long it may take to be ready. */
  readonly readyMilliseconds?: number
  /** Takes each line of its standard output, without the end of the line. */
  readonly onLine?: (line: string) => void
  /** Called after the last of these lines. */
  readonly onLastLine?: () => void
}

/** A real server as a child process that ends with the test, whatever happens. */
export interface ServerProcess {
  readonly pid: number
  /** Standard input stays open until the process is stopped: openssl's servers quit when it ends. */
  readonly stdin: Writable
  /** What it has written so far: for messages of failed tests. */
  output(): string
  /** Resolves with the first match in the output. */
  waitForOutput(pattern: RegExp, milliseconds?: number): Promise<RegExpMatchArray>
  /** Resolves when it has ended, with its exit code; `null` when a signal ended it. */
  readonly exited: Promise<number | null>
  hasExited(): boolean
  kill(signal: NodeJS.Signals): void
  /** Ends it and all that it started, and waits until they are gone. */
  stop(): Promise<void>
}

export function startProcess(
  command: string,
  args: readonly string[],
  options: ServerProcessOptions = {},
): ServerProcess {
  const path = findCommand(command)
  if (path === undefined) throw new Error(`${command} is not installed`)
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(path, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    // a process group: what it starts is ended with it
    detached: true,
  })
  const pid = child.pid
  if (pid === undefined) throw new Error(`${path} could not be started`)

  let text = ''
  const listeners = new Set<() => void>()
  const collect = (chunk: Buffer) => {
    text = (text + chunk.toString('latin1')).slice(-outputLimit)
    for (const listener of listeners) listener()
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const { onLine, onLastLine } = options
  if (onLine !== undefined) {
    createInterface({ input: child.stdout })
      .on('line', onLine)
      .on('close', () => onLastLine?.())
  }
  // writing to a server that has just died is not the test's failure
  child.stdin.on('error', () => {})

  const kill = (signal: NodeJS.Signals) => {
    try {
      process.kill(-pid, signal)
    } catch {
      // gone already
    }
  }
  const killAtExit = () => kill('SIGKILL')
  endWithUs(killAtExit)
  let ended = false
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => {
      ended = true
      for (const listener of listeners) listener()
      resolve(code)
    })
  })

  const commandAndOutput = () => `${command} ${args.join(' ')}\n${text}`
  return {
    pid,
    stdin: child.stdin,
    output: () => text,
    exited,
    hasExited: () => ended,
    kill,
    waitForOutput(pattern, milliseconds = options.readyMilliseconds ?? 10_000) {
      return new Promise((resolve, reject) => {
        const settle = (act: () => void) => {
          clearTimeout(timer)
          listeners.delete(look)
          act()
        }
        const look = () => {
          const match = text.match(pattern)
          if (match !== null) settle(() => resolve(match))
          else if (ended) settle(() => reject(new Error(`ended before it said ${pattern}: ${commandAndOutput()}`)))
        }
        const timer = setTimeout(
          () => settle(() => reject(new Error(`did not say ${pattern} in ${milliseconds} ms: ${commandAndOutput()}`))),
          milliseconds,
        )
        listeners.add(look)
        look()
      })
    },
    async stop() {
      kill('SIGTERM')
      await Promise.race([exited, sleep(2000, undefined, { ref: false })])
      kill('SIGKILL')
      await exited
      running.delete(killAtExit)
    },
  }
}

/** What is still to be ended when this process ends, however that comes about. */
const running = new Set<() => void>()

function endWithUs(end: () => void): void {
  if (!isWatching) {
    isWatching = true
    const endAll = () => {
      for (const end of running) end()
    }
    process.once('exit', endAll)
    // by default these end a process without its `exit` event; a test runner's worker gets them at a time limit
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        endAll()
        process.exit(1)
      })
    }
  }
  running.add(end)
}

let isWatching = false
const outputLimit = 200_000
