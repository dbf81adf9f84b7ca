import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { buildProgram } from '../../test-e2e/peers/programs.js'
import type { Command } from './cases.js'
import { webtlsInChromium } from './in-chromium.js'

/** One that is measured, in a process of its own. */
export interface Participant extends Abilities {
  readonly name: string
  /** Of the browser that it is in. */
  readonly version?: string
  ask(command: Command): Promise<unknown>
  stop(): Promise<void>
}

interface Abilities {
  /** A program of one thread has one handshake at a time. */
  readonly hasManyAtOnce: boolean
  lacks(command: Command): boolean
}

export interface ParticipantKind {
  readonly name: string
  /** @param folder has the certificates */
  start(folder: string): Promise<Participant>
}

/** Those that can be had here, in the order of the tables. */
export function participantKinds(): readonly ParticipantKind[] {
  return [webtls('webtls', 'web'), webtls('webtls, nodeProvider', 'node'), ...webtlsInChromium(), ...natives()]
}

const webtls = (name: string, provider: string): ParticipantKind => {
  const program = fileURLToPath(new URL('participant.ts', import.meta.url))
  const args = ['--expose-gc', '--import', 'tsx', program, provider]
  return processKind(name, process.execPath, args, { hasManyAtOnce: true, lacks: () => false })
}

function natives(): readonly ParticipantKind[] {
  const { path, reason } = buildProgram('bench')
  if (path === undefined) {
    console.log(`without s2n-tls and rustls: ${reason}`)
    return []
  }
  // s2n-tls has no policy that prefers ChaCha20 to AES
  const lacksChaCha20 = ({ suite }: Command) => suite === 'TLS_CHACHA20_POLY1305_SHA256'
  return [
    processKind('s2n-tls C', path, ['s2n'], { hasManyAtOnce: false, lacks: lacksChaCha20 }),
    processKind('rustls', path, ['rustls'], { hasManyAtOnce: false, lacks: () => false }),
  ]
}

/** A program that reads a command a line and answers it with a line. */
function processKind(name: string, program: string, args: readonly string[], abilities: Abilities): ParticipantKind {
  return {
    name,
    async start(folder) {
      const child = spawn(program, [...args, folder], { stdio: ['pipe', 'pipe', 'inherit'] })
      const ended = new Promise<void>((resolve, reject) => {
        child.once('error', reject)
        child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${name} ended with ${code}`))))
      })
      ended.catch(() => undefined)
      const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
      return {
        name,
        ...abilities,
        async ask(command) {
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
    },
  }
}
