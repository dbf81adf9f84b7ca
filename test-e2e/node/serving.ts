import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { acceptTls, TlsServerConfig, type TlsServerOptions } from '../../src/index.js'
import { socketStream } from '../../src/transports/node-socket.js'
import { type Credentials, type KeyType, testPki } from '../support/pki.js'

type ServerSocket = ReturnType<typeof acceptTls>

export interface RunningTlsServer {
  readonly host: string
  readonly port: number
  readonly config: TlsServerConfig
  /** The connections so far, in order. */
  readonly sockets: readonly ServerSocket[]
  stop(): Promise<void>
}

/** The certificate and key of the test's hierarchy, as our server takes them. */
export const identityOf = ({ chainFile, keyFile }: Credentials) => ({
  certificateChain: readFileSync(chainFile, 'utf8'),
  privateKey: readFileSync(keyFile, 'utf8'),
})

/** Our server on a free port of 127.0.0.1. Without a `serve` it answers each line with the line in capitals. */
export async function serveTls(
  options: Partial<TlsServerOptions> & { readonly keyType?: KeyType } = {},
  serve: (socket: ServerSocket) => Promise<void> = answerLines,
): Promise<RunningTlsServer> {
  const { keyType = 'ecdsa-p256', ...given } = options
  const config = await TlsServerConfig.create({ identities: [identityOf(testPki().leaf[keyType])], ...given })
  const sockets: ServerSocket[] = []
  const transports = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (transport) => {
    transports.add(transport)
    transport.once('close', () => transports.delete(transport))
    const socket = acceptTls(socketStream(transport), config)
    sockets.push(socket)
    // a client that goes without a word is no failure of the test
    serve(socket).catch(() => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return {
    host: '127.0.0.1',
    port: address.port,
    config,
    sockets,
    async stop() {
      server.close()
      for (const transport of transports) transport.destroy()
      await Promise.allSettled(sockets.map(({ closed }) => closed))
    },
  }
}

async function answerLines(socket: ServerSocket): Promise<void> {
  const writer = socket.writable.getWriter()
  for await (const chunk of socket.readable) {
    await writer.write(new TextEncoder().encode(new TextDecoder().decode(chunk).toUpperCase()))
  }
  await writer.close()
}

/** Answers one HTTP/1.1 request: its body, as many letters as `/letters/N` says, or else a text that has its path. */
export async function answerHttp(socket: ServerSocket): Promise<void> {
  const reader = socket.readable.getReader()
  let head = ''
  let body: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    if (body.length > 0 || head.includes('\r\n\r\n')) {
      body.push(value)
      length += value.length
    } else {
      head += new TextDecoder('latin1').decode(value)
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) continue
      body = [Uint8Array.from(head.slice(end + 4), (letter) => letter.charCodeAt(0))]
      length = body[0]?.length ?? 0
    }
    if (length >= Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)) break
  }
  const path = /^\w+ (\S+)/.exec(head)?.[1] ?? ''
  const letters = /^\/letters\/(\d+)$/.exec(path)?.[1]
  const text = letters ? 'abcdefghij'.repeat(Number(letters) / 10) : `you asked for ${path}\n`
  const answer = length > 0 ? Buffer.concat(body) : Buffer.from(text)
  const writer = socket.writable.getWriter()
  const headers = `HTTP/1.1 200 OK\r\ncontent-length: ${answer.length}\r\nconnection: close\r\n\r\n`
  await writer.write(new TextEncoder().encode(headers))
  await writer.write(Uint8Array.from(answer))
  await writer.close()
}
