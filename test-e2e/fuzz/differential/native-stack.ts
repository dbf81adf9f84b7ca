import { connect, createServer, type Server, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { socketStream } from '../../../src/transports/node-socket.js'
import { buildProgram } from '../../peers/programs.js'
import { type ServerProcess, startProcess } from '../../support/server-process.js'
import type { Flow } from './recipe.js'
import type { Lacking, Stack, StackConnection } from './stack.js'

/** Files in PEM, but for the PSK, whose identity is `psk.test`. */
export interface CredentialFiles {
  readonly ca: string
  readonly psk: string
  readonly server: { readonly cert: string; readonly key: string }
  readonly client: { readonly cert: string; readonly key: string }
}

export const nativeStackNames = ['openssl', 's2n', 'go', 'rustls'] as const
export type NativeStackName = (typeof nativeStackNames)[number]

/** Builds the program of a stack, if need be. @returns its command, or why there is none */
export function buildStack(name: NativeStackName): readonly string[] | { readonly missing: string } {
  if (name === 'openssl') return [process.execPath, here('openssl-program.mjs')]
  const { path, reason = 'it is not there' } = buildProgram(`fuzz-${name}`)
  return path === undefined ? { missing: reason } : [path]
}

/** Another stack, as a program that stays and takes many connections. */
export async function nativeStack(
  name: NativeStackName,
  [command = '', ...args]: readonly string[],
  files: CredentialFiles,
): Promise<Stack> {
  const start = (role: 'server' | 'client', options: readonly string[]) => {
    const { cert, key } = files[role]
    return startProgram(command, [...args, role, '--ca', files.ca, '--cert', cert, '--key', key, ...options])
  }
  const lacks = lacking[name] ?? { server: [], client: [] }
  const plain = start('server', [])
  const startFor = (flow: Flow, role: 'server' | 'client', ...options: readonly string[]) =>
    lacks[role].includes(flow) ? {} : { [flow]: start(role, options) }
  const servers: { readonly [F in Flow]?: Program } = {
    ...startFor('client-auth', 'server', '--client-auth', 'yes'),
    ...startFor('early-data', 'server', '--early-data', 'yes'),
    ...startFor('external-psk', 'server', '--psk', files.psk),
  }
  const plainClient = start('client', [])
  const resumingClient = start('client', ['--resume', 'yes'])
  const early: { readonly [F in Flow]?: Program } = startFor(
    'early-data',
    'client',
    '--resume',
    'yes',
    '--early-data',
    'yes',
  )
  const clients: { readonly [F in Flow]?: Program } = {
    resumption: resumingClient,
    'resumption-retry': resumingClient,
    'resumption-declined': resumingClient,
    ...early,
    ...(early['early-data'] && {
      'early-data-rejected': early['early-data'],
      'early-data-retry': early['early-data'],
    }),
    ...startFor('external-psk', 'client', '--psk', files.psk),
  }
  const ports = new Map<Program, number>()
  for (const server of [plain, ...Object.values(servers)]) ports.set(server, await portOf(server.process))
  const programs = new Set([...ports.keys(), plainClient, ...Object.values(clients)])
  const listeners = new ListenerPool()
  return {
    name,
    lacks,
    ticketUses: name === 'rustls' ? 1 : Number.POSITIVE_INFINITY,
    async dialServer(flow) {
      const server = servers[flow] ?? plain
      const socket = connect({ host: '127.0.0.1', port: ports.get(server) ?? 0, allowHalfOpen: true, noDelay: true })
      await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
      const port = socket.localPort ?? 0
      const finish = ending(server, port, socket)
      return { transport: socketStream(socket), finish }
    },
    async acceptClient(flow) {
      const client = clients[flow] ?? plainClient
      const listener = await listeners.take()
      client.process.stdin.write(`${listener.port}\n`)
      const socket = await listener.connection()
      const finish = ending(client, listener.port, socket)
      return {
        transport: socketStream(socket),
        finish: async () => {
          const report = await finish()
          listeners.giveBack(listener)
          return report
        },
      }
    },
    async stop() {
      listeners.stop()
      await Promise.all([...programs].map(({ process }) => process.stop()))
    },
  }
}

/**
 * Node's `tls` gives no access to OpenSSL's 0-RTT; Go has none over TCP, and refuses a ClientHello that asks for it.
 * Neither Go nor rustls has external PSKs.
 */
const earlyDataFlows: readonly Flow[] = ['early-data', 'early-data-rejected', 'early-data-retry']
const lacking: { readonly [N in NativeStackName]?: Lacking } = {
  openssl: { server: ['early-data'], client: earlyDataFlows },
  go: { server: [...earlyDataFlows, 'external-psk'], client: [...earlyDataFlows, 'external-psk'] },
  rustls: { server: ['external-psk'], client: ['external-psk'] },
}

async function portOf(server: ServerProcess): Promise<number> {
  return Number((await server.waitForOutput(/PORT (\d+)\n/))[1])
}

/** What the program will say of the connection that begins now, the next one of this port. */
function ending(program: Program, port: number, socket: Socket): StackConnection['finish'] {
  const index = program.saidOf(port).length
  return async () => {
    socket.destroy()
    return { note: () => program.saidOf(port)[index] ?? '' }
  }
}

interface Program {
  readonly process: ServerProcess
  saidOf(port: number): readonly string[]
}

function startProgram(command: string, args: readonly string[]): Program {
  const said = new Map<number, string[]>()
  const process = startProcess(command, args, {
    onLine(line) {
      const [, port, text = ''] = line.match(/^PORT (\d+): (.*)$/) ?? []
      if (port === undefined) return
      const texts = said.get(Number(port)) ?? []
      said.set(Number(port), texts)
      texts.push(text)
    },
  })
  return { process, saidOf: (port) => said.get(port) ?? [] }
}

interface Listener {
  readonly port: number
  connection(): Promise<Socket>
  readonly server: Server
}

/** Ports that clients connect to, each for one connection at a time. */
class ListenerPool {
  readonly #free: Listener[] = []
  readonly #all: Listener[] = []

  async take(): Promise<Listener> {
    const free = this.#free.pop()
    if (free) return free
    const waiting: ((socket: Socket) => void)[] = []
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      socket.on('error', () => undefined)
      waiting.shift()?.(socket)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const listener = { port, server, connection: () => new Promise<Socket>((resolve) => waiting.push(resolve)) }
    this.#all.push(listener)
    return listener
  }

  giveBack(listener: Listener): void {
    this.#free.push(listener)
  }

  stop(): void {
    for (const { server } of this.#all) server.close()
  }
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
