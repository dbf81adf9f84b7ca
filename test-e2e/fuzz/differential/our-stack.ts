import { acceptTls } from '../../../src/connection/accept-tls.js'
import { TlsClientConfig } from '../../../src/connection/client-config.js'
import { connectTls } from '../../../src/connection/connect-tls.js'
import { TlsServerConfig, type TlsServerOptions } from '../../../src/connection/server-config.js'
import type { TlsSocket } from '../../../src/connection/tls-socket.js'
import { TlsError } from '../../../src/errors/tls-error.js'
import { MemorySessionStore } from '../../../src/session/session-store.js'
import { TicketKeys } from '../../../src/session/ticket-keys.js'
import { memoryDuplexPair } from '../../../src/transports/memory-pair.js'
import { testServerName } from '../../../test-unit/support/server-identity.js'
import type { Identities } from './bent-peer.js'
import type { Stack, StackConnection, StackReport } from './stack.js'

/** This library, over memory. */
export async function ourStack({ server, client }: Identities): Promise<Stack> {
  const options: TlsServerOptions = {
    identities: [{ certificateChain: server.certificate.chainPem, privateKey: server.certificate.pkcs8Pem }],
    ticketKeys: TicketKeys.generated(),
  }
  const [plain, withClientAuth, clientConfig] = await Promise.all([
    TlsServerConfig.create(options),
    TlsServerConfig.create({ ...options, clientAuth: 'required', clientTrustAnchors: server.ca.pem }),
    TlsClientConfig.create({
      serverName: testServerName,
      trustAnchors: server.ca.pem,
      identity: [{ certificateChain: client.certificate.chainPem, privateKey: client.certificate.pkcs8Pem }],
      // so that tickets are read
      sessionStore: neverGiving(new MemorySessionStore()),
    }),
  ])
  return {
    name: 'webtls',
    async dialServer(flow) {
      const [near, far] = memoryDuplexPair()
      return { transport: far, finish: follow(acceptTls(near, flow === 'client-auth' ? withClientAuth : plain)) }
    },
    async acceptClient() {
      const [near, far] = memoryDuplexPair()
      const socket = connectTls(near, clientConfig)
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

/** Echoes; at the end all four ends of the connection must have settled, with a TlsError if with any. */
function follow(socket: TlsSocket): StackConnection['finish'] {
  const ends = {
    opened: socket.opened,
    closed: socket.closed,
    'the echo': socket.readable.pipeTo(socket.writable),
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
