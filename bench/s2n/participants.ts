import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { buildProgram } from '../../test-e2e/peers/programs.js'
import type { Command } from './cases.js'

/** One that is measured, in a process of its own. */
export interface Participant {
  readonly name: string
  /** A program of one thread has one handshake at a time. */
  readonly hasManyAtOnce: boolean
  /** `undefined` for what it does not have. */
  ask(command: Command): Promise<unknown>
  stop(): Promise<void>
}

export interface ParticipantKind {
  readonly name: string
  start(folder: string): Participant
}

/** Those that can be had here, in the order of the tables. */
export function participantKinds(): readonly ParticipantKind[] {
  return [webtls('webtls', 'web'), webtls('webtls, nodeProvider', 'node'), ...natives()]
}

const webtls = (name: string, provider: string): ParticipantKind => {
  const program = fileURLToPath(new URL('participant.ts', import.meta.url))
  const args = ['--expose-gc', '--import', 'tsx', program, provider]
  return { name, start: (folder) => start(name, process.execPath, [...args, folder], { hasManyAtOnce: true }) }
}

function natives(): readonly ParticipantKind[] {
  const { path, reason } = buildProgram('bench')
  if (path === undefined) {
    console.log(`without s2n-tls and rustls: ${reason}`)
    return []
  }
  // s2n-tls has no policy that prefers ChaCha20 to AES
  const lacks = (command: Command) => command.suite === 'TLS_CHACHA20_POLY1305_SHA256'
  return [
    { name: 's2n-tls C', start: (folder) => start('s2n-tls C', path, ['s2n', folder], { lacks }) },
    { name: 'rustls', start: (folder) => start('rustls', path, ['rustls', folder]) },
  ]
}

interface Abilities {
  readonly hasManyAtOnce?: boolean
  readonly lacks?: (command: Command) => boolean
}

function start(name: string, program: string, args: readonly string[], abilities: Abilities = {}): Participant {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${name} ended with ${code}`))))
  })
  ended.catch(() => undefined)
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    name,
    hasManyAtOnce: abilities.hasManyAtOnce ?? false,
    async ask(command) {
      if (abilities.lacks?.(command)) return undefined
      child.stdin.write(`${JSON.stringify(command)}\n`)
      const { value, done } = await answers.next()
      if (done) await ended
      return JSON.parse(value as string)
    },
    async stop() {
      child.stdin.end()
      await ended
    },
  }
}
