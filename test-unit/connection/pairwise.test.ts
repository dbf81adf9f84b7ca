import { describe, expect, it } from 'vitest'
import { within } from '../support/deadline.js'
import { connectPair } from '../support/pair.js'
import { makePairs, type PairOptions } from '../support/pairwise.js'
import { pattern, readAll, sha256Hex } from '../support/streams.js'

/** Our client against our server: every two values of any two switches meet in some row. */
const factors: { readonly [K in keyof PairOptions]: readonly PairOptions[K][] } = {
  suite: ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'],
  group: [
    'x25519',
    'secp256r1',
    'secp384r1',
    'secp521r1',
    'X25519MLKEM768',
    'SecP256r1MLKEM768',
    'SecP384r1MLKEM1024',
    'MLKEM1024',
  ],
  keyType: ['ecdsa-p256', 'ecdsa-p384', 'ecdsa-p521', 'rsa2048', 'rsa-pss', 'ed25519'],
  clientAuth: ['none', 'optional', 'required'],
  retries: [false, true],
  alpn: [undefined, 'h2'],
  session: ['none', 'resumed', 'early data'],
  recordLimit: [undefined, 64, 1000],
  compression: [true, false],
  padding: [0, 100],
  recordSizing: ['throughput', 'latency'],
  grease: [false, true],
  middleboxCompatibility: [true, false],
}

describe('our client and our server agree', () => {
  it.each(makePairs(factors).map((options) => [JSON.stringify(Object.values(options)), options] as const))(
    'with %s',
    async (_title, options) => {
      const { client, server, keyLogs, earlyData } = await within(connectPair(options), 'the handshake', 15_000)
      const [clientInfo, serverInfo] = await Promise.all([client.opened, server.opened])
      const isResumed = options.session !== 'none'
      const hasEarlyData = options.session === 'early data' && !options.retries
      const agreed = {
        protocol: 'TLSv1.3',
        cipherSuite: options.suite,
        group: options.group,
        alpnProtocol: options.alpn,
        resumed: isResumed,
        helloRetried: options.retries,
        serverName: 'server.test',
        earlyData: options.session === 'early data' ? (hasEarlyData ? 'accepted' : 'rejected') : 'none',
      }
      expect(clientInfo).toMatchObject(agreed)
      expect(serverInfo).toMatchObject(agreed)
      // both have the certificates, also in a resumed session
      expect(clientInfo.peerCertificates.length).toBeGreaterThan(0)
      expect(serverInfo.peerCertificates.length).toBe(options.clientAuth === 'none' ? 0 : 1)

      const context = Uint8Array.of(1, 2)
      const [ours, theirs] = await Promise.all(
        [client, server].map((end) => end.exportKeyingMaterial('EXPORTER-test', context, 77)),
      )
      expect(ours).toEqual(theirs)
      expect(new Set(ours).size).toBeGreaterThan(20)

      const up = pattern(30_000, 3)
      const down = pattern(50_000, 4)
      const [atServer, atClient, early] = await within(
        Promise.all([
          readAll(server.readable),
          readAll(client.readable),
          readAll(server.earlyData),
          send(client.writable, up),
          send(server.writable, down),
        ]),
        'the data',
        15_000,
      )
      expect(sha256Hex(atServer)).toBe(sha256Hex(up))
      expect(sha256Hex(atClient)).toBe(sha256Hex(down))
      expect(early).toEqual(hasEarlyData ? earlyData : new Uint8Array())

      await within(Promise.all([client.closed, server.closed]), 'the end')
      // what is rejected was under keys that the server never made
      const isOfRejected = (line: string) =>
        agreed.earlyData === 'rejected' && line.startsWith('CLIENT_EARLY_TRAFFIC_SECRET')
      const clientLines = keyLogs.client.filter((line) => !isOfRejected(line))
      expect(clientLines.toSorted()).toEqual(keyLogs.server.toSorted())
      expect(new Set(keyLogs.client.map((line) => line.split(' ')[0]))).toContain('SERVER_TRAFFIC_SECRET_0')
    },
  )
})

async function send(writable: WritableStream<Uint8Array>, data: Uint8Array<ArrayBuffer>): Promise<void> {
  const writer = writable.getWriter()
  for (let offset = 0; offset < data.length; offset += 7000) await writer.write(data.slice(offset, offset + 7000))
  await writer.close()
}
