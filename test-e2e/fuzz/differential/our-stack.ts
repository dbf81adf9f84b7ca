import { acceptTls } from '../../../src/connection/accept-tls.js'
import { TlsClientConfig, type TlsClientOptions } from '../../../src/connection/client-config.js'
import { connectTls } from '../../../src/connection/connect-tls.js'
import { TlsServerConfig, type TlsServerOptions } from '../../../src/connection/server-config.js'
import type { TlsServerSocket, TlsSocket } from '../../../src/connection/tls-socket.js'
import { TlsError } from '../../../src/errors/tls-error.js'
import { type ClientSession, MemorySessionStore, type SessionStore } from '../../../src/session/session-store.js'
import { TicketKeys } from '../../../src/session/ticket-keys.js'
import { memoryDuplexPair } from '../../../src/transports/memory-pair.js'
import { testServerName } from '../../../test-unit/support/server-identity.js'
import type { Identities } from './bent-peer.js'
import type { Flow } from './recipe.js'
import type { Stack, StackConnection, StackReport } from './stack.js'

/** This library, over memory. */
export async function ourStack({ server, client, externalPsk }: Identities): Promise<Stack> {
  const options: TlsServerOptions = {
    identities: [{ certificateChain: server.certificate.chainPem, privateKey: server.certificate.pkcs8Pem }],
    ticketKeys: TicketKeys.generated(),
    // a ticket serves for a whole run
    ticketLifetimeSeconds: 86_400,
  }
  const clientOptions: TlsClientOptions = {
    serverName: testServerName,
    trustAnchors: server.ca.pem,
    identity: [{ certificateChain: client.certificate.chainPem, privateKey: client.certificate.pkcs8Pem }],
  }
  const externalPsks = [{ identity: externalPsk.identity, key: externalPsk.key }]
  const [plain, withEarlyData, withClientAuth, withPsk, plainClient, resumingClient, earlyClient, pskClient] =
    await Promise.all([
      TlsServerConfig.create(options),
      // a ticket serves for many connections
      TlsServerConfig.create({ ...options, maxEarlyData: 2 ** 14, replayGuard: { admit: () => true } }),
      TlsServerConfig.create({ ...options, clientAuth: 'required', clientTrustAnchors: server.ca.pem }),
      TlsServerConfig.create({ ...options, externalPsks }),
      // so that tickets are read
      TlsClientConfig.create({ ...clientOptions, sessionStore: neverGiving(new MemorySessionStore()) }),
      TlsClientConfig.create({ ...clientOptions, sessionStore: alwaysGivingTheFirst() }),
      TlsClientConfig.create({ ...clientOptions, sessionStore: alwaysGivingTheFirst() }),
      TlsClientConfig.create({ serverName: testServerName, externalPsks }),
    ])
  const servers: { readonly [F in Flow]?: TlsServerConfig } = {
    'client-auth': withClientAuth,
    'early-data': withEarlyData,
    'external-psk': withPsk,
  }
  const clients: { readonly [F in Flow]?: TlsClientConfig } = {
    resumption: resumingClient,
    'resumption-retry': resumingClient,
    'resumption-declined': resumingClient,
    'early-data': earlyClient,
    'early-data-rejected': earlyClient,
    'early-data-retry': earlyClient,
    'external-psk': pskClient,
  }
  return {
    name: 'webtls',
    lacks: { server: [], client: [] },
    ticketUses: Number.POSITIVE_INFINITY,
    async dialServer(flow) {
      const [near, far] = memoryDuplexPair()
      return { transport: far, finish: follow(acceptTls(near, servers[flow] ?? plain)) }
    },
    async acceptClient(flow) {
      const [near, far] = memoryDuplexPair()
      const socket = connectTls(near, clients[flow] ?? plainClient, {
        ...(flow.startsWith('early-data') && { earlyData: new TextEncoder().encode('early') }),
      })
      const writer = socket.writable.getWriter()
      writer.write(new TextEncoder().encode('ping')).catch(() => undefined)
      writer.releaseLock()
      return { transport: far, finish: follow(socket) }
    },
    stop: async () => undefined,
  }
}

/** Each connection is a first one. */
const neverGiving = (store: MemorySessionStore) => ({
  put: store.put.bind(store),
  take: () => undefined,
})

/** Each connection but the first resumes its session. */
function alwaysGivingTheFirst(): SessionStore {
  let first: ClientSession | undefined
  return {
    put: (_key, session) => {
      first ??= session
    },
    take: () => first,
  }
}

/** Echoes; at the end all four ends of the connection must have settled, with a TlsError if with any. */
function follow(socket: TlsSocket | TlsServerSocket): StackConnection['finish'] {
  const ends = {
    opened: socket.opened,
    closed: socket.closed,
    'the echo': echo(socket),
  }
  for (const end of Object.values(ends)) end.catch(() => undefined)
  return async (): Promise<StackReport> => {
    let note = 'closed'
    for (const [name, end] of Object.entries(ends)) {
      const error = await failureOf(end)
      if (error === undefined) continue
      if (error === 'pending')
        return { note: () => 'pending', defect: `${name} stays pending after the transport has ended` }
      if (!(error instanceof TlsError))
        return { note: () => String(error), defect: `${name} fails with ${String(error)}` }
      note = `${error.code}: ${error.message}`
      if (error.code === 'internal')
        return { note: () => note, defect: `${name} fails with an internal error: ${error.message}` }
    }
    return { note: () => note }
  }
}

async function echo(socket: TlsSocket | TlsServerSocket): Promise<void> {
  if ('earlyData' in socket) await socket.earlyData.pipeTo(socket.writable, { preventClose: true })
  await socket.readable.pipeTo(socket.writable)
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve('pending'), settleMilliseconds)
  })
  try {
    return await Promise.race([
      promise.then(
        () => undefined,
        (error: unknown) => error ?? 'undefined',
      ),
      late,
    ])
  } finally {
    clearTimeout(timer)
  }
}

const settleMilliseconds = 6000
