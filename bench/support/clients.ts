import { connect as connectTcp } from 'node:net'
import { connect as connectNodeTls, type TLSSocket } from 'node:tls'
import { type CryptoProvider, connectTls, TlsClientConfig } from '../../src/index.js'
import { socketStream } from '../../src/transports/node-socket.js'

export interface Target {
  readonly port: number
  readonly ca: string
}

/** One way of being a TLS client, measured against the others. */
export interface BenchClient {
  readonly name: string
  /** A whole connection: TCP, handshake, close. @returns milliseconds from the TCP connection to the handshake's end */
  handshake(): Promise<number>
  /** @returns seconds for `bytes` of application data, from the request to the last byte */
  download(bytes: number): Promise<number>
  upload(bytes: number): Promise<number>
}

/** @param provider the platform's WebCrypto when absent */
export async function webtlsClient(
  { port, ca }: Target,
  name = 'webtls',
  provider?: CryptoProvider,
): Promise<BenchClient> {
  const options = { serverName: 'localhost', trustAnchors: ca, ...(provider && { provider }) }
  const config = await TlsClientConfig.create(options)
  const open = async () => {
    const socket = connectTcp({ port, host: '127.0.0.1', noDelay: true })
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    const start = performance.now()
    const tls = connectTls(socketStream(socket), config)
    await tls.opened
    return { tls, milliseconds: performance.now() - start }
  }
  const block = new Uint8Array(64 * 1024).fill(0x77)
  return {
    name,
    async handshake() {
      const { tls, milliseconds } = await open()
      await tls.close()
      return milliseconds
    },
    async download(bytes) {
      const { tls } = await open()
      const start = performance.now()
      const writer = tls.writable.getWriter()
      await writer.write(new TextEncoder().encode(`download ${bytes}\n`))
      let received = 0
      for await (const chunk of tls.readable) received += chunk.length
      const seconds = (performance.now() - start) / 1000
      if (received !== bytes) throw new Error(`${received} bytes instead of ${bytes}`)
      await writer.close()
      await tls.closed
      return seconds
    },
    async upload(bytes) {
      const { tls } = await open()
      const start = performance.now()
      const writer = tls.writable.getWriter()
      await writer.write(new TextEncoder().encode(`upload ${bytes}\n`))
      for (let left = bytes; left > 0; left -= block.length) {
        await writer.ready
        writer.write(block.subarray(0, Math.min(left, block.length))).catch(() => undefined)
      }
      let answer = ''
      for await (const chunk of tls.readable) answer += new TextDecoder().decode(chunk)
      const seconds = (performance.now() - start) / 1000
      if (answer !== 'done') throw new Error('the server did not confirm')
      await writer.close()
      await tls.closed
      return seconds
    },
  }
}

export function nodeTlsClient({ port, ca }: Target): BenchClient {
  const open = async () => {
    const socket = connectTcp({ port, host: '127.0.0.1', noDelay: true })
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    const start = performance.now()
    const tls = connectNodeTls({ socket, ca, servername: 'localhost', minVersion: 'TLSv1.3' })
    await new Promise((resolve, reject) => tls.once('secureConnect', resolve).once('error', reject))
    return { tls, milliseconds: performance.now() - start }
  }
  const ended = (tls: TLSSocket) => new Promise((resolve, reject) => tls.once('end', resolve).once('error', reject))
  const block = Buffer.alloc(64 * 1024, 0x77)
  return {
    name: 'node:tls',
    async handshake() {
      const { tls, milliseconds } = await open()
      tls.destroy()
      return milliseconds
    },
    async download(bytes) {
      const { tls } = await open()
      const start = performance.now()
      let received = 0
      tls.on('data', (chunk: Buffer) => {
        received += chunk.length
      })
      const end = ended(tls)
      tls.write(`download ${bytes}\n`)
      await end
      const seconds = (performance.now() - start) / 1000
      if (received !== bytes) throw new Error(`${received} bytes instead of ${bytes}`)
      tls.end()
      return seconds
    },
    async upload(bytes) {
      const { tls } = await open()
      const start = performance.now()
      const end = ended(tls)
      tls.resume()
      tls.write(`upload ${bytes}\n`)
      for (let left = bytes; left > 0; left -= block.length) {
        if (!tls.write(block.subarray(0, Math.min(left, block.length)))) {
          await new Promise((resolve) => tls.once('drain', resolve))
        }
      }
      await end
      const seconds = (performance.now() - start) / 1000
      tls.end()
      return seconds
    },
  }
}
