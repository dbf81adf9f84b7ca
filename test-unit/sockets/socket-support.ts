import { acceptTls } from '../../src/connection/accept-tls.js'
import type { DuplexStream } from '../../src/connection/duplex-stream.js'
import type { TlsServerOptions } from '../../src/connection/server-config.js'
import type { TlsServerSocket } from '../../src/connection/tls-socket.js'
import type { CreateConnectOptions, SocketTarget, SocketTlsOptions } from '../../src/sockets/connect-options.js'
import { createConnect } from '../../src/sockets/create-connect.js'
import type { Connect } from '../../src/sockets/socket.js'
import { memoryDuplexPair } from '../../src/transports/memory-pair.js'
import { createTestCertificate } from '../support/certificates.js'
import { within } from '../support/deadline.js'
import { identityOptions } from '../support/pair.js'
import { testProvider } from '../support/provider.js'
import { serverIdentity, testServerName } from '../support/server-identity.js'

export const address = `${testServerName}:5432`

/** A `connect` whose transports lead to the test, in the order in which they were dialled. */
export class TestNetwork {
  readonly targets: SocketTarget[] = []
  readonly #arrived: DuplexStream[] = []
  #wake: () => void = () => undefined
  readonly connect: Connect

  constructor(tls: CreateConnectOptions['tls'], options: Partial<CreateConnectOptions> = {}) {
    this.connect = createConnect({ dial: (target) => this.dial(target), ...(tls && { tls }), ...options })
  }

  dial(target: SocketTarget): DuplexStream {
    this.targets.push(target)
    const [near, far] = memoryDuplexPair()
    this.#arrived.push(far)
    this.#wake()
    return near
  }

  /** The server's end of the next connection. */
  async accept(): Promise<DuplexStream> {
    while (this.#arrived.length === 0) {
      const arriving = new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      await within(arriving, 'a connection')
    }
    return this.#arrived.shift() as DuplexStream
  }

  async acceptPeer(): Promise<Peer> {
    return new Peer(await this.accept())
  }

  async acceptTls(options: Partial<TlsServerOptions> = {}): Promise<TlsServerSocket> {
    return serveTls(await this.accept(), options)
  }
}

export async function testTls(options: SocketTlsOptions = {}): Promise<SocketTlsOptions> {
  return { trustAnchors: (await serverIdentity()).ca.pem, provider: testProvider, ...options }
}

export async function testNetwork(options: Partial<CreateConnectOptions> = {}): Promise<TestNetwork> {
  return new TestNetwork(await testTls(), options)
}

export async function serveTls(
  transport: DuplexStream,
  options: Partial<TlsServerOptions> = {},
): Promise<TlsServerSocket> {
  const identities = [identityOptions(await serverIdentity())]
  return acceptTls(transport, { identities, provider: testProvider, ...options })
}

/** From the CA that the tests' clients trust, for another name. */
export async function identityFor(dnsName: string) {
  const { ca, certificate } = await serverIdentity()
  const other = await createTestCertificate({ ca, key: certificate.key, dnsNames: [dnsName] })
  return { certificateChain: other.chainPem, privateKey: other.pkcs8Pem }
}

/** The other end in plaintext. */
export class Peer {
  readonly transport: DuplexStream
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>

  constructor(transport: DuplexStream) {
    this.transport = transport
    this.#reader = transport.readable.getReader()
    this.#writer = transport.writable.getWriter()
    this.#reader.closed.catch(() => undefined)
    this.#writer.closed.catch(() => undefined)
  }

  async say(text: string): Promise<void> {
    await this.#writer.write(utf8(text))
  }

  /** The text until it has so many characters, or until the end where there is no number. */
  async hear(length = Number.POSITIVE_INFINITY): Promise<string> {
    return await hearFrom(this.#reader, length)
  }

  async end(): Promise<void> {
    await this.#writer.close()
  }

  /** As a RST is felt: both directions fail. */
  async reset(reason: unknown = new Error('reset')): Promise<void> {
    await Promise.all([this.#writer.abort(reason), this.#reader.cancel(reason)])
  }

  /** Gives the streams back, for TLS. */
  release(): DuplexStream {
    this.#reader.releaseLock()
    this.#writer.releaseLock()
    return this.transport
  }
}

export async function hearFrom(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  length = Number.POSITIVE_INFINITY,
): Promise<string> {
  let text = ''
  while (text.length < length) {
    const { done, value } = await within(reader.read(), `${length} characters; there are ${JSON.stringify(text)}`)
    if (done) break
    text += new TextDecoder().decode(value)
  }
  return text
}

/** Both at once: who closes waits a while for the other's close_notify. */
export async function endBoth(...ends: readonly { close(): Promise<void> }[]): Promise<void> {
  await within(Promise.all(ends.map((end) => end.close())), 'the end of both')
}

export const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

/** All that has been begun and needs no timer has had its turn. */
export const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))
