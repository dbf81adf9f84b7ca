import { expect } from 'vitest'
import type { TlsClientOptions } from '../../src/connection/client-config.js'
import { connectTls } from '../../src/connection/connect-tls.js'
import type { TlsSocket, TlsSocketInfo } from '../../src/connection/tls-socket.js'
import type { AlertName } from '../../src/errors/alert-description.js'
import type { TlsErrorCode } from '../../src/errors/codes.js'
import { TlsError } from '../../src/errors/tls-error.js'
import { type MemoryPairOptions, memoryDuplexPair } from '../../src/transports/memory-pair.js'
import { rejection, within } from './deadline.js'
import type { HandshakeScript } from './handshake-script.js'
import { testProvider } from './provider.js'
import { ScriptedServer } from './scripted-server.js'
import { serverIdentity, testServerName } from './server-identity.js'

export interface ScriptedConnection {
  readonly socket: TlsSocket
  readonly server: ScriptedServer
  /** The server's flight is out, or the script broke off. */
  readonly handshaken: Promise<void>
}

/** Options of a client that trusts the scripted servers. */
export async function clientOptions(options: Partial<TlsClientOptions> = {}): Promise<TlsClientOptions> {
  const { ca } = await serverIdentity()
  return {
    serverName: testServerName,
    trustAnchors: ca.pem,
    provider: testProvider,
    certificateCompression: false,
    ...options,
  }
}

/** A client and a scripted server, at the start of their handshake. */
export async function connectScripted(
  script: HandshakeScript = {},
  options: Partial<TlsClientOptions> = {},
  pairOptions?: MemoryPairOptions,
): Promise<ScriptedConnection> {
  const identity = await serverIdentity()
  const settled = await clientOptions(options)
  const [near, far] = memoryDuplexPair(pairOptions)
  const socket = connectTls(near, settled)
  const server = new ScriptedServer(far, identity, script)
  const handshaken = server.handshake()
  handshaken.catch(() => undefined)
  server.busy = handshaken
  return { socket, server, handshaken }
}

export interface OpenConnection {
  readonly socket: TlsSocket
  readonly server: ScriptedServer
  readonly info: TlsSocketInfo
}

/** The same with the handshake done on both sides. */
export async function openScripted(
  script: HandshakeScript = {},
  options: Partial<TlsClientOptions> = {},
  pairOptions?: MemoryPairOptions,
): Promise<OpenConnection> {
  const { socket, server, handshaken } = await connectScripted(script, options, pairOptions)
  const [info] = await within(Promise.all([socket.opened, handshaken.then(() => server.finish())]), 'the handshake')
  return { socket, server, info }
}

export interface Refusal {
  readonly code: TlsErrorCode
  readonly alert: AlertName
  /** Of the error: so that it is this check that refused, and no other one. */
  readonly message: RegExp
}

/** The connection fails with one TlsError everywhere, and the peer sees its alert. */
export async function expectRefusal(socket: TlsSocket, server: ScriptedServer, refusal: Refusal): Promise<void> {
  const error = await failureOf(socket)
  expect(error).toMatchObject({ code: refusal.code, message: expect.stringMatching(refusal.message) })
  expect(error.alert).toBe(refusal.alert)
  //= rfc9846#section-6 6-6
  //= rfc9846#section-6.2 6.2-2 6.2-4 6.2-5
  //= rfc9846#section-5.1 5.1-8 5.1-9
  expect(await server.receiveAlert()).toMatchObject({ level: 'fatal', name: refusal.alert })
}

/** What a connection failed with: the same on each of its four ends. */
export async function failureOf(socket: TlsSocket): Promise<TlsError> {
  const error = await rejection(socket.closed, 'closed')
  if (!(error instanceof TlsError)) throw new Error('not a TlsError', { cause: error })
  const reader = socket.readable.locked ? undefined : socket.readable.getReader()
  const writer = socket.writable.locked ? undefined : socket.writable.getWriter()
  if (reader) expect(await rejection(drain(reader), 'readable')).toBe(error)
  if (writer) expect(await rejection(writer.closed, 'writable')).toBe(error)
  reader?.releaseLock()
  writer?.releaseLock()
  return error
}

async function drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  while (!(await reader.read()).done);
}
