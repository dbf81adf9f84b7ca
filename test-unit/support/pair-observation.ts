import type { TlsSocketInfo } from '../../src/connection/tls-socket.js'
import type { ConnectedPair } from './connected-pair.js'
import { within } from './deadline.js'
import type { PairOptions } from './pairwise.js'

/** What two ends said of a connection and did with it, as JSON: it may have happened in a page. */
export interface PairObservation {
  readonly client: Agreed
  readonly server: Agreed
  /** Certificates that the client has of the server, and the other way. */
  readonly certificates: { readonly client: boolean; readonly server: number }
  /** Whether what was sent has come, byte for byte. */
  readonly arrived: { readonly up: boolean; readonly down: boolean; readonly early: boolean }
  readonly haveSameExporter: boolean
  readonly haveSameKeyLog: boolean
}

type Agreed = Pick<
  TlsSocketInfo,
  'protocol' | 'cipherSuite' | 'group' | 'resumed' | 'helloRetried' | 'serverName' | 'earlyData'
> & { readonly alpnProtocol: string | null }

/** Data both ways, exporters and key logs of a pair, until both ends are closed. */
export async function observePair(pair: ConnectedPair): Promise<PairObservation> {
  const { client, server, keyLogs } = pair
  const [clientInfo, serverInfo] = await within(Promise.all([client.opened, server.opened]), 'the handshake', 15_000)
  // while the connection lasts: then its secrets are gone
  const context = Uint8Array.of(1, 2)
  const exporters = await Promise.all(
    [client, server].map((end) => end.exportKeyingMaterial('EXPORTER-test', context, 77)),
  )
  const up = numbered(30_000, 3)
  const down = numbered(50_000, 4)
  const [atServer, atClient, early] = await within(
    Promise.all([
      all(server.readable),
      all(client.readable),
      all(server.earlyData),
      send(client.writable, up),
      send(server.writable, down),
    ]),
    'the data',
    15_000,
  )
  await within(Promise.all([client.closed, server.closed]), 'the end')
  const earlyExpected = clientInfo.earlyData === 'accepted' ? pair.earlyData : new Uint8Array()
  // what is rejected was under keys that the server never made
  const isOfRejected = (line: string) =>
    clientInfo.earlyData === 'rejected' && line.startsWith('CLIENT_EARLY_TRAFFIC_SECRET')
  const logOfClient = keyLogs.client.filter((line) => !isOfRejected(line)).toSorted()
  return {
    client: agreed(clientInfo),
    server: agreed(serverInfo),
    certificates: {
      client: clientInfo.peerCertificates.length > 0,
      server: Math.min(serverInfo.peerCertificates.length, 1),
    },
    arrived: { up: same(atServer, up), down: same(atClient, down), early: same(early, earlyExpected) },
    haveSameExporter: same(exporters[0], exporters[1]) && new Set(exporters[0]).size > 20,
    haveSameKeyLog:
      logOfClient.join() === keyLogs.server.toSorted().join() &&
      logOfClient.some((line) => line.startsWith('SERVER_TRAFFIC_SECRET_0 ')),
  }
}

/** What must be observed with these switches. */
export function expectedObservation(options: PairOptions, serverName: string): PairObservation {
  const isEarly = options.session === 'early data'
  const both = {
    protocol: 'TLSv1.3' as const,
    cipherSuite: options.suite,
    group: options.group,
    alpnProtocol: options.alpn ?? null,
    resumed: options.session !== 'none',
    helloRetried: options.retries,
    serverName,
    // section 4.3.10: a HelloRetryRequest rejects it
    earlyData: isEarly ? (options.retries ? ('rejected' as const) : ('accepted' as const)) : ('none' as const),
  }
  return {
    client: both,
    server: both,
    // both have the certificates, also in a resumed session
    certificates: { client: true, server: options.clientAuth === 'none' ? 0 : 1 },
    arrived: { up: true, down: true, early: true },
    haveSameExporter: true,
    haveSameKeyLog: true,
  }
}

function agreed(info: TlsSocketInfo): Agreed {
  const { protocol, cipherSuite, group, resumed, helloRetried, serverName, earlyData, alpnProtocol } = info
  return {
    ...{ protocol, cipherSuite, group, resumed, helloRetried, serverName, earlyData },
    // JSON has no `undefined`
    alpnProtocol: alpnProtocol ?? null,
  }
}

async function send(writable: WritableStream<Uint8Array>, data: Uint8Array<ArrayBuffer>): Promise<void> {
  const writer = writable.getWriter()
  for (let offset = 0; offset < data.length; offset += 7000) await writer.write(data.slice(offset, offset + 7000))
  await writer.close()
}

/** Without `for await`, which WebKit's streams lack. */
async function all(readable: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const bytes: number[] = []
  const reader = readable.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return Uint8Array.from(bytes)
    for (const byte of value) bytes.push(byte)
  }
}

/** Bytes that show where they were in the stream. */
function numbered(length: number, seed: number): Uint8Array<ArrayBuffer> {
  let state = seed
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> 24
  })
}

function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && a.length === b.length && a.every((byte, index) => byte === b[index])
}
