import type { TlsSocket } from '../../src/connection/tls-socket.js'
import { loadCredentials } from './credentials.js'
import { echoEarlyData, exchange, initialWrite, ShimFailure } from './exchange.js'
import { checkClientHello, checkHandshake, checkNewSession } from './expectations.js'
import type { Phases, ShimFlags } from './flags.js'
import { type ConnectionContext, openClient, openServer } from './open-connection.js'
import type { ShimState } from './shim-state.js'
import { connectToRunner, type RunnerTransport } from './transport.js'

/** One connection of a test, from the TCP connection to the end. @throws what ended it, once that has been said */
export async function runConnection(phases: Phases, state: ShimState, isResumption: boolean): Promise<void> {
  const flags = isResumption ? phases.resume : phases.initial
  const isServer = flags.on.has('server')
  const credentials = await loadCredentials(state.provider, flags)
  const session = state.sessions.startConnection(isResumption)
  if (isResumption && !isServer && !session && credentials.psks.length === 0) {
    throw new ShimFailure('there is no session to offer')
  }
  const secrets = new TrafficSecrets(isServer)
  let helloProblem: unknown
  const context: ConnectionContext = {
    flags,
    verdictFlags: flags.on.has('expect-reject-early-data') && isResumption ? phases.retry : flags,
    state,
    credentials,
    isResumption,
    session,
    earlyData: isServer ? new Uint8Array() : earlyDataOf(flags, session?.maxEarlyDataSize ?? 0),
    keyLog: secrets.keyLog,
    onEvent: () => undefined,
    onClientHello(hello) {
      try {
        checkClientHello(hello, flags)
      } catch (error) {
        helloProblem = error
      }
    },
  }
  const transport = await connectToRunner(flags)
  try {
    const { socket, earlyExchange } = await open(transport, context)
    // a failure of the handshake counts first
    earlyExchange.catch(() => undefined)
    const { exchangeFlags, alreadySent } = await finishHandshake(socket, phases, context)
    await earlyExchange
    if (helloProblem) throw helloProblem
    await exchange(socket, exchangeFlags, () => secrets.bytes(), { alreadySent })
    checkNewSession(state.sessions.latest, exchangeFlags)
  } finally {
    await transport.gone()
  }
}

async function open({ stream }: RunnerTransport, context: ConnectionContext) {
  if (!context.flags.on.has('server')) {
    return { socket: await openClient(stream, context), earlyExchange: Promise.resolve() }
  }
  const socket = await openServer(stream, context)
  const isEarly = context.flags.on.has('enable-early-data')
  return { socket, earlyExchange: isEarly ? echoEarlyData(socket) : Promise.resolve() }
}

/** 0-RTT data that was rejected is sent again, and what follows is what the runner calls the retry. */
async function finishHandshake(
  socket: TlsSocket,
  phases: Phases,
  context: ConnectionContext,
): Promise<{ exchangeFlags: ShimFlags; alreadySent: number }> {
  const { flags, isResumption, credentials, earlyData } = context
  const info = await socket.opened
  const isClient = !flags.on.has('server')
  if (isClient && isResumption && flags.on.has('expect-reject-early-data')) {
    if (info.earlyData !== 'rejected') throw new ShimFailure(`early data: got ${info.earlyData}, expected rejected`)
    checkHandshake(info, phases.retry, { isResumption, credentials })
    return { exchangeFlags: phases.retry, alreadySent: 0 }
  }
  if (isClient && flags.on.has('expect-no-offer-early-data') && info.earlyData === 'accepted') {
    throw new ShimFailure('early data was offered')
  }
  checkHandshake(info, flags, { isResumption, credentials })
  return { exchangeFlags: flags, alreadySent: info.earlyData === 'accepted' ? earlyData.length : 0 }
}

function earlyDataOf(flags: ShimFlags, limit: number): Uint8Array {
  if (!flags.on.has('enable-early-data') || !flags.on.has('shim-writes-first')) return new Uint8Array()
  return initialWrite(flags).subarray(0, limit)
}

/** The application secrets, from the key log: as the runner wants them, the one for reading first. */
class TrafficSecrets {
  readonly #isServer: boolean
  readonly #secrets = new Map<string, Buffer>()

  constructor(isServer: boolean) {
    this.#isServer = isServer
  }

  readonly keyLog = (line: string): void => {
    const [label = '', , secret = ''] = line.split(' ')
    this.#secrets.set(label, Buffer.from(secret, 'hex'))
  }

  bytes(): Buffer {
    const client = this.#secrets.get('CLIENT_TRAFFIC_SECRET_0') ?? Buffer.alloc(0)
    const server = this.#secrets.get('SERVER_TRAFFIC_SECRET_0') ?? Buffer.alloc(0)
    const length = Buffer.alloc(2)
    length.writeUInt16LE(client.length)
    return Buffer.concat(this.#isServer ? [length, client, server] : [length, server, client])
  }
}
