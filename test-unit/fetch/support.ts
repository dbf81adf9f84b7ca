import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { afterEach } from 'vitest'
import { createFetch, type FetchOptions, type TlsFetch } from '../../src/fetch.js'
import { dial } from '../../src/node/dial.js'
import { createTestCa, createTestCertificate, type TestCertificate } from '../support/certificates.js'
import { within } from '../support/deadline.js'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

export const names = ['one.test', 'two.test', 'three.test']

let made: Promise<{ readonly ca: TestCertificate; readonly server: TestCertificate }> | undefined
export function credentials() {
  made ??= (async () => {
    const ca = await createTestCa()
    return { ca, server: await createTestCertificate({ ca, dnsNames: names }) }
  })()
  return made
}

async function tlsOptions() {
  const { server } = await credentials()
  return { key: server.pkcs8Pem, cert: server.chainPem, minVersion: 'TLSv1.3' as const }
}

/** A web server of Node's, which knows HTTP well. */
export async function webServer(listener: RequestListener) {
  const server = createServer({ ...(await tlsOptions()), keepAliveTimeout: 20_000 }, listener)
  const connections = { total: 0, open: 0 }
  server.on('secureConnection', (socket: TLSSocket) => {
    connections.total++
    connections.open++
    socket.on('error', () => undefined)
    socket.on('close', () => connections.open--)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as { port: number }).port, connections, server }
}

/**
 * A server that says what it likes: `answer` is called for each head that came, with its text.
 * @param answer gets the connection's number and the request's on it, from 0
 */
export async function rawServer(
  answer: (socket: TLSSocket, request: { connection: number; index: number; head: string }) => void,
) {
  let connections = 0
  const heads: string[] = []
  const sockets: TLSSocket[] = []
  const server = createTlsServer({ ...(await tlsOptions()), ALPNProtocols: ['http/1.1'] }, (socket) => {
    const connection = connections++
    let index = 0
    let received = ''
    sockets.push(socket)
    socket.on('error', () => undefined)
    socket.on('data', (data) => {
      received += data.toString('latin1')
      for (let end = received.indexOf('\r\n\r\n'); end >= 0; end = received.indexOf('\r\n\r\n')) {
        const head = received.slice(0, end)
        received = received.slice(end + 4)
        heads.push(head)
        answer(socket, { connection, index: index++, head })
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: (server.address() as { port: number }).port, heads, connections: () => connections, sockets }
}

/** A fetch whose names all lead to this machine. */
export async function testFetch(options: Partial<FetchOptions> = {}): Promise<TlsFetch> {
  const { ca } = await credentials()
  const fetch = createFetch({
    dial: ({ port, signal }) => dial({ host: '127.0.0.1', port, signal }),
    tls: { trustAnchors: ca.pem },
    ...options,
  })
  cleanups.push(() => fetch.close('the test is over'))
  return fetch
}

/** What a fetch rejects with: fetch's TypeError, of which the cause tells. */
export async function failure(promise: Promise<unknown>): Promise<{ name: string; code: unknown; cause: unknown }> {
  const settled = promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  const error = await within(settled, 'the failure of a fetch', 10_000)
  if (!(error instanceof Error)) throw new Error(`it did not fail with an error: ${String(error)}`)
  return { name: error.name, code: (error.cause as { code?: unknown } | undefined)?.code, cause: error.cause }
}

export const answerOf = (text: string, fields = ''): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(text)}\r\n${fields}\r\n${text}`
