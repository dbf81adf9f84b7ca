import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectNodeTls, type TLSSocket } from 'node:tls'
import { WebSocket } from 'ws'
import { acceptTls, TlsServerConfig, type TlsServerSocket } from '../../../src/index.js'
import { createRelay, type Relay, type RelayOptions } from '../../../src/relay.js'
import {
  type ArrivingConnection,
  type ListenOnRelayOptions,
  listenOnRelay,
  type RelayListener,
} from '../../../src/websocket.js'
import { createSelfSigned } from '../../../src/x509.js'
import { whenDone } from '../relay-support.js'

export const name = 'tab.localhost'
export const token = 'a token of the test'

export interface RunningRelay {
  readonly relay: Relay
  readonly url: string
  /** Where clients go that say their name. */
  readonly port: number
}

/** A relay on loopback that takes `tab.localhost` and `*.many.localhost`, unless `options` say otherwise. */
export async function reverseRelay(
  options: RelayOptions = {},
  ports = { pages: 0, clients: 0 },
): Promise<RunningRelay> {
  const relay = createRelay({
    logger: false,
    ...options,
    reverse: { names: { [name]: token, '*.many.localhost': token }, ...options.reverse },
  })
  const { url } = await relay.listen({ port: ports.pages })
  const { port } = await relay.listenReverse({ port: ports.clients })
  whenDone(() => relay.close({ graceMs: 0 }))
  return { relay, url, port }
}

/** A page's side, in Node. */
export async function page(url: string, options: Partial<ListenOnRelayOptions> = {}): Promise<RelayListener> {
  const listener = await listenOnRelay(url, { name, token, WebSocket, ...options })
  whenDone(() => listener.close({ graceMs: 0 }))
  return listener
}

/** Gives each connection to `serve`; failures of a connection are its own. */
export function serveEach(
  listener: RelayListener,
  serve: (connection: ArrivingConnection) => unknown,
): Promise<unknown> {
  const serving = (async () => {
    for await (const connection of listener) Promise.resolve(serve(connection)).catch(() => undefined)
  })()
  serving.catch(() => undefined)
  return serving
}

export const echoBytes = ({ readable, writable }: ArrivingConnection): Promise<void> => readable.pipeTo(writable)

let shared: Promise<{ config: TlsServerConfig; pem: string }> | undefined

/** Of `tab.localhost` and `*.many.localhost`, by a certificate that clients trust as it is. */
export function tabIdentity(): Promise<{ config: TlsServerConfig; pem: string }> {
  shared ??= (async () => {
    const made = await createSelfSigned({ subject: { CN: name }, dnsNames: [name, '*.many.localhost'] })
    const config = await TlsServerConfig.create({
      identities: [{ certificateChain: made.pem, privateKey: made.privateKey }],
    })
    return { config, pem: made.pem }
  })()
  return shared
}

/** TLS in the page, with an echo on it. */
export async function echoTls(listener: RelayListener, seen?: (socket: TlsServerSocket) => void): Promise<void> {
  const { config } = await tabIdentity()
  void serveEach(listener, (connection) => {
    const socket = acceptTls(connection, config)
    seen?.(socket)
    return socket.readable.pipeTo(socket.writable)
  })
}

/** node:tls as the client. */
export async function nodeClient(port: number, servername = name): Promise<TLSSocket> {
  const { pem } = await tabIdentity()
  const socket = connectNodeTls({ host: '127.0.0.1', port, servername, ca: pem })
  whenDone(() => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve)
    socket.once('error', reject)
  })
  return socket
}

export async function tcpClient(port: number, localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = connectTcp({ host: '127.0.0.1', port, localAddress, allowHalfOpen: true })
  whenDone(() => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  return socket
}

/** All that comes until the other side has ended, or cut it off. */
export async function readSocket(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  await new Promise<void>((resolve) => {
    socket.once('end', resolve)
    socket.once('close', () => resolve())
    socket.on('error', () => resolve())
  })
  return Buffer.concat(chunks)
}
