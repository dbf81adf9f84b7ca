import {
  acceptTls,
  type ClientSession,
  type CryptoProvider,
  connectTls,
  type DuplexStream,
  memoryDuplexPair,
  SecurityPolicy,
  TicketKeys,
  TlsClientConfig,
  TlsServerConfig,
  type TlsSocket,
} from '../../src/index.js'
import type { ConnectionCase, Pems } from './cases.js'

/** A client and a server of this library in one process. Whatever goes wrong throws: nothing of it would be a figure. */
export interface Pair {
  readonly client: TlsSocket
  readonly server: TlsSocket
}

export class WebtlsStack {
  readonly #case: ConnectionCase
  readonly #client: TlsClientConfig
  readonly #server: TlsServerConfig
  readonly #store: Sessions

  private constructor(of: ConnectionCase, client: TlsClientConfig, server: TlsServerConfig, store: Sessions) {
    this.#case = of
    this.#client = client
    this.#server = server
    this.#store = store
  }

  /** @param provider the platform's WebCrypto when absent */
  static async create(of: ConnectionCase, pems: Pems, provider?: CryptoProvider): Promise<WebtlsStack> {
    const identity = (name: 'client' | 'server') => ({
      certificateChain: pems[`${name}-chain`],
      privateKey: pems[`${name}-key`],
    })
    const securityPolicy = SecurityPolicy.from({ cipherSuites: [of.suite], groups: [of.group], keyShares: [of.group] })
    // s2n-tls has no RFC 8879
    const common = { securityPolicy, certificateCompression: false, ...(provider && { provider }) }
    const store = new Sessions()
    const client = await TlsClientConfig.create({
      ...common,
      serverName: 'localhost',
      trustAnchors: pems.ca,
      ...(of.authentication === 'mutual' && { identity: identity('client') }),
      ...(of.authentication === 'resumption' && { sessionStore: store }),
    })
    const server = await TlsServerConfig.create({
      ...common,
      identities: [identity('server')],
      ...(of.authentication === 'mutual' && { clientAuth: 'required', clientTrustAnchors: pems.ca }),
      ...(of.authentication === 'resumption' && { ticketKeys: TicketKeys.generated(), ticketCount: 1 }),
    })
    return new WebtlsStack(of, client, server, store)
  }

  /** Makes the sessions that the next connections resume, where that is the case. */
  async prepare(connections: number): Promise<void> {
    if (this.#case.authentication !== 'resumption') return
    while (this.#store.size < connections) {
      const kept = this.#store.nextPut()
      const first = this.connect()
      await kept
      await close(first)
    }
  }

  /** A connection that is about to begin: `opened` of both ends is still to come. */
  connect([near, far]: readonly [DuplexStream, DuplexStream] = memoryDuplexPair()): Pair {
    const client = connectTls(near, this.#client)
    return { client, server: acceptTls(far, this.#server) }
  }

  /** Waits for the handshake, and fails when what was negotiated is not what was asked for. */
  async opened({ client, server }: Pair): Promise<void> {
    const [, info] = await Promise.all([client.opened, server.opened])
    const { authentication, suite, group } = this.#case
    const isAsAsked =
      info.cipherSuite === suite &&
      info.group === group &&
      info.resumed === (authentication === 'resumption') &&
      info.peerCertificates.length > 0 === (authentication === 'mutual')
    if (!isAsAsked) throw new Error(`negotiated ${info.cipherSuite}, ${info.group}, resumed: ${info.resumed}`)
  }
}

export async function close({ client, server }: Pair): Promise<void> {
  await Promise.all([client.close(), server.close()])
}

/** There and back again; as s2n-tls's: the server sends when it has all. */
export function roundTrips({ client, server }: Pair): (data: Uint8Array<ArrayBuffer>) => Promise<void> {
  const ends = [client, server].map(({ readable, writable }) => ({
    reader: readable.getReader(),
    writer: writable.getWriter(),
  }))
  const [near, far] = ends
  if (!near || !far) throw new Error('a pair has two ends')
  const transfer = async (from: typeof near, to: typeof near, data: Uint8Array<ArrayBuffer>) => {
    const written = from.writer.write(data)
    for (let received = 0; received < data.length; ) {
      const { value, done } = await to.reader.read()
      if (done) throw new Error('the connection ended early')
      received += value.length
    }
    await written
  }
  return async (data) => {
    await transfer(near, far, data)
    await transfer(far, near, data)
  }
}

/** Sessions to be made first and resumed then: `take` gives none in between. */
class Sessions {
  readonly #kept: ClientSession[] = []
  #wake: (() => void) | undefined

  get size(): number {
    return this.#kept.length
  }

  put(_key: string, session: ClientSession): void {
    // a connection that is itself resumed also gets a ticket
    if (this.#wake) this.#kept.push(session)
    this.#wake?.()
    this.#wake = undefined
  }

  take(): ClientSession | undefined {
    return this.#wake ? undefined : this.#kept.pop()
  }

  async nextPut(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }
}
