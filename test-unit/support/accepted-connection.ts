import { expect } from 'vitest'
import { acceptTls } from '../../src/connection/accept-tls.js'
import type { TlsServerConfig, TlsServerOptions } from '../../src/connection/server-config.js'
import type { TlsServerSocket, TlsSocketInfo } from '../../src/connection/tls-socket.js'
import { type MemoryPairOptions, memoryDuplexPair } from '../../src/transports/memory-pair.js'
import type { ClientScript } from './client-script.js'
import { within } from './deadline.js'
import { testProvider } from './provider.js'
import { ScriptedClient } from './scripted-client.js'
import { failureOf, type Refusal } from './scripted-connection.js'
import { serverIdentity } from './server-identity.js'

export interface AcceptedConnection {
  readonly socket: TlsServerSocket
  readonly client: ScriptedClient
  /** The client's Finished is out, or the script broke off. */
  readonly handshaken: Promise<void>
}

/** Options of a server with the certificate of the tests. */
export async function serverOptions(options: Partial<TlsServerOptions> = {}): Promise<TlsServerOptions> {
  const { certificate } = await serverIdentity()
  return {
    identities: [{ certificateChain: certificate.chainPem, privateKey: certificate.pkcs8Pem }],
    provider: testProvider,
    certificateCompression: false,
    ...options,
  }
}

/** A server and a scripted client, at the start of their handshake. @param config with all that the server needs */
export function acceptScriptedWith(
  config: TlsServerConfig | TlsServerOptions,
  script: ClientScript = {},
  pairOptions?: MemoryPairOptions,
): AcceptedConnection {
  const [near, far] = memoryDuplexPair(pairOptions)
  const socket = acceptTls(near, config)
  const client = new ScriptedClient(far, script)
  const handshaken = client.handshake()
  handshaken.catch(() => undefined)
  client.busy = handshaken
  return { socket, client, handshaken }
}

export async function acceptScripted(
  script: ClientScript = {},
  options: Partial<TlsServerOptions> = {},
): Promise<AcceptedConnection> {
  return acceptScriptedWith(await serverOptions(options), script)
}

export interface OpenAcceptedConnection {
  readonly socket: TlsServerSocket
  readonly client: ScriptedClient
  readonly info: TlsSocketInfo
}

export async function whenOpen({ socket, client, handshaken }: AcceptedConnection): Promise<OpenAcceptedConnection> {
  const [info] = await within(Promise.all([socket.opened, handshaken]), 'the handshake')
  return { socket, client, info }
}

/** The same with the handshake done on both sides. */
export async function openAccepted(
  script: ClientScript = {},
  options: Partial<TlsServerOptions> = {},
): Promise<OpenAcceptedConnection> {
  return await whenOpen(await acceptScripted(script, options))
}

/** The connection fails with one TlsError everywhere, and the client sees its alert. */
export async function expectServerRefusal(
  { socket, client }: Pick<AcceptedConnection, 'socket' | 'client'>,
  refusal: Refusal,
): Promise<void> {
  const error = await failureOf(socket)
  expect(error).toMatchObject({ code: refusal.code, message: expect.stringMatching(refusal.message) })
  expect(error.alert).toBe(refusal.alert)
  //= rfc9846#section-6 6-6
  //= rfc9846#section-6.2 6.2-2 6.2-5
  expect(await client.receiveAlert()).toMatchObject({ level: 'fatal', name: refusal.alert })
}
