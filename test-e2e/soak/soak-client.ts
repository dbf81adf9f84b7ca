import { connectTls, MemorySessionStore, SecurityPolicy, TlsClientConfig, type TlsSocket } from '../../src/index.js'
import { serverName, testPki } from '../support/pki.js'
import { type MemorySample, sampleMemory } from './memory.js'
import { dial, type SoakContext, scenarios } from './scenarios.js'
import { answerCalls } from './worker-calls.js'

/** The process with all the clients. */
export interface SoakClient {
  start(port: number): Promise<void>
  /** So many connections, some at once, each with what chance gives it to do. */
  run(argument: { readonly connections: number; readonly atOnce: number }): Promise<ScenarioCounts>
  openIdle(connections: number): Promise<void>
  closeIdle(argument: null): Promise<void>
  sample(argument: null): Promise<MemorySample>
}

export interface ScenarioCounts {
  /** Connections by scenario. */
  readonly done: Readonly<Record<string, number>>
  /** What should have gone well and did not, or did not end in time. */
  readonly failures: readonly string[]
}

let context: SoakContext | undefined
let connections = 0
let idle: readonly TlsSocket[] = []

answerCalls({
  async start(port: number) {
    const options = {
      serverName,
      trustAnchors: testPki().trustAnchors,
      // ML-KEM is computed in JavaScript on Node 20: most of the time would go there
      securityPolicy: SecurityPolicy.from({ groups: ['x25519'] }),
    }
    context = {
      port,
      fresh: await TlsClientConfig.create(options),
      resuming: await TlsClientConfig.create({
        ...options,
        sessionStore: new MemorySessionStore({ maxSessionsPerKey: 100 }),
      }),
      random: randomFrom(1),
    }
  },
  async run({ connections: wanted, atOnce }: { readonly connections: number; readonly atOnce: number }) {
    const done: Record<string, number> = {}
    const failures: string[] = []
    let begun = 0
    const loop = async () => {
      while (begun++ < wanted) {
        const name = pick()
        try {
          await inTime(scenarios[name]?.run(required(context)))
        } catch (error) {
          failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
        }
        done[name] = (done[name] ?? 0) + 1
        connections += 1
      }
    }
    await Promise.all(Array.from({ length: atOnce }, loop))
    return { done, failures }
  },
  async openIdle(wanted: number) {
    const { port, fresh } = required(context)
    const opened: TlsSocket[] = []
    const loop = async () => {
      while (opened.length < wanted) {
        const socket = connectTls(
          dial(port).then(({ transport }) => transport),
          fresh,
        )
        opened.push(socket)
        await socket.opened
      }
    }
    await Promise.all(Array.from({ length: 16 }, loop))
    idle = opened
  },
  async closeIdle() {
    await Promise.all(idle.map((socket) => socket.close()))
    idle = []
  },
  sample: () => sampleMemory(connections),
} satisfies { readonly [Name in keyof SoakClient]: unknown } as never)

function pick(): string {
  const total = Object.values(scenarios).reduce((sum, { weight }) => sum + weight, 0)
  let rest = required(context).random() * total
  for (const [name, { weight }] of Object.entries(scenarios)) {
    rest -= weight
    if (rest < 0) return name
  }
  throw new Error('the weights have no sum')
}

async function inTime(work: Promise<void> | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('still not over after 30 s')), 30_000)
  })
  await Promise.race([work, tooLate]).finally(() => clearTimeout(timer))
}

/** A linear congruential generator: chance that is the same in every run. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('not started')
  return value
}
