import { brotliCompressSync, brotliDecompressSync, deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { TlsClientOptions } from '../../src/connection/client-config.js'
import { TlsClientConfig } from '../../src/connection/client-config.js'
import { TlsServerConfig, type TlsServerOptions } from '../../src/connection/server-config.js'
import type { TlsError } from '../../src/errors/tls-error.js'
import type { CertificateCompressor } from '../../src/handshake/certificate-compression.js'
import type { TlsEvent } from '../../src/handshake/observer.js'
import { createTestCa, createTestCertificate } from '../support/certificates.js'
import { join } from '../support/pair.js'
import { testProvider } from '../support/provider.js'

const brotli: CertificateCompressor = {
  algorithm: 'brotli',
  compress: (certificate) => brotliCompressSync(certificate),
  decompress: (compressed, length) => brotliDecompressSync(compressed, { maxOutputLength: length }),
}

const ca = await createTestCa()
const [serverCertificate, clientCertificate] = await Promise.all([
  createTestCertificate({ ca, dnsNames: ['localhost'] }),
  createTestCertificate({ ca, subject: 'alice', extendedKeyUsage: ['clientAuth'] }),
])
const identityOf = ({ chainPem, pkcs8Pem }: typeof serverCertificate) => ({
  certificateChain: chainPem,
  privateKey: pkcs8Pem,
})

type Compression = TlsClientOptions['certificateCompression']

function serverOptions(certificateCompression: Compression): TlsServerOptions {
  return {
    identities: [identityOf(serverCertificate)],
    clientAuth: 'required',
    clientTrustAnchors: ca.pem,
    provider: testProvider,
    ...(certificateCompression !== undefined && { certificateCompression }),
  }
}

/** Whose certificate came compressed: of each side's messages, those with a certificate, as they were sent. */
async function connect(ours: { client: Compression; server: Compression }) {
  const forms: Record<string, string[]> = { client: [], server: [] }
  const note =
    (side: 'client' | 'server') =>
    (event: TlsEvent): void => {
      if (event.kind !== 'message' || event.direction !== 'sent') return
      if (/certificate$/.test(event.name)) forms[side]?.push(event.name)
    }
  const { client, server } = join(
    {
      serverName: 'localhost',
      trustAnchors: ca.pem,
      identity: identityOf(clientCertificate),
      provider: testProvider,
      onEvent: note('client'),
      ...(ours.client !== undefined && { certificateCompression: ours.client }),
    },
    { ...serverOptions(ours.server), onEvent: note('server') },
  )
  const settled = await Promise.allSettled([client.opened, server.opened])
  await Promise.allSettled([client.close(), server.close()])
  const [atClient, atServer] = settled.map((each) =>
    each.status === 'rejected' ? (each.reason as TlsError) : undefined,
  )
  return { forms, atClient, atServer }
}

const compressedBothWays = { client: ['compressed_certificate'], server: ['compressed_certificate'] }
const plainBothWays = { client: ['certificate'], server: ['certificate'] }

describe('certificate compression (RFC 8879)', () => {
  it('is done both ways by what the platform can, unless it is told otherwise', async () => {
    expect((await connect({ client: undefined, server: undefined })).forms).toEqual(compressedBothWays)
  })

  it('is done by an algorithm of the application', async () => {
    expect((await connect({ client: [brotli], server: [brotli] })).forms).toEqual(compressedBothWays)
  })

  it.each([
    ['client', { client: false, server: undefined }],
    ['server', { client: undefined, server: false }],
  ])('is done in neither direction when the %s is told not to', async (_side, options) => {
    expect((await connect(options)).forms).toEqual(plainBothWays)
  })

  it('is not done where the algorithms differ', async () => {
    const other: CertificateCompressor = { ...brotli, algorithm: 16_400 }
    expect((await connect({ client: [brotli], server: [other] })).forms).toEqual(plainBothWays)
  })

  it('goes one way with a compressor that can do one only', async () => {
    const { compress: _compress, ...onlyReads } = brotli
    const { decompress: _decompress, ...onlyWrites } = brotli
    const { forms } = await connect({ client: [onlyReads], server: [onlyWrites] })
    expect(forms).toEqual({ client: ['certificate'], server: ['compressed_certificate'] })
  })

  it('calls a compressor once for many connections, and as its own method', async () => {
    class Counted {
      readonly algorithm = 16_500
      compressed = 0
      compress(certificate: Uint8Array) {
        this.compressed++
        return certificate.slice()
      }
      decompress(compressed: Uint8Array) {
        return compressed
      }
    }
    const counted = new Counted()
    const server = await TlsServerConfig.create({ ...serverOptions([counted]), clientAuth: 'none' })
    const client = await TlsClientConfig.create({
      serverName: 'localhost',
      trustAnchors: ca.pem,
      provider: testProvider,
      certificateCompression: [counted],
    })
    for (let count = 0; count < 3; count++) {
      const pair = join(client, server)
      await Promise.all([pair.client.opened, pair.server.opened])
      await Promise.all([pair.client.close(), pair.server.close()])
    }
    expect(counted.compressed).toBe(1)
  })

  it('does not depend on buffers that a compressor transfers or uses again', async () => {
    const memory = new Uint8Array(2 ** 14)
    /** The answer in one buffer for all, as in the memory of WebAssembly; the input goes to a worker. */
    const inMemory = (input: Uint8Array, work: (input: Uint8Array) => Uint8Array) => {
      const output = work(input)
      structuredClone(input, { transfer: [input.buffer as ArrayBuffer] })
      memory.set(output)
      setTimeout(() => memory.fill(0xff), 0)
      return memory.subarray(0, output.length)
    }
    const reusing: CertificateCompressor = {
      algorithm: 'brotli',
      compress: (certificate) => inMemory(certificate, brotliCompressSync),
      decompress: (compressed) => inMemory(compressed, brotliDecompressSync),
    }
    const { forms, atClient, atServer } = await connect({ client: [reusing], server: [reusing] })
    expect({ atClient, atServer }).toEqual({ atClient: undefined, atServer: undefined })
    expect(forms).toEqual(compressedBothWays)
  })

  it('judges the certificate that came, though the memory it was decompressed in is another connection’s by then', async () => {
    const memory = new Uint8Array(2 ** 14)
    const reusing: CertificateCompressor = {
      ...brotli,
      decompress(compressed) {
        const output = brotliDecompressSync(compressed)
        memory.set(output)
        return memory.subarray(0, output.length)
      },
    }
    // nothing of the first is looked at again once verifyPeer has seen it, but its key
    const seen: string[] = []
    const { client, server } = join(
      {
        serverName: 'localhost',
        trustAnchors: ca.pem,
        provider: testProvider,
        certificateCompression: [reusing],
        verifyPeer: ({ certificates: [leaf] }) => {
          memory.fill(0)
          seen.push(leaf?.subject ?? '', leaf?.der.some((byte) => byte !== 0) ? 'whole' : 'overwritten')
        },
      },
      { ...serverOptions([brotli]), clientAuth: 'none' },
    )
    await Promise.all([client.opened, server.opened])
    expect(seen[1]).toBe('whole')
    await Promise.all([client.close(), server.close()])
  })

  it('sends the certificate as it is when the compressor gives nothing', async () => {
    const idle: CertificateCompressor = { ...brotli, compress: () => undefined }
    expect((await connect({ client: [idle], server: [idle] })).forms).toEqual(plainBothWays)
  })

  it('takes no text of a callback for bytes', async () => {
    const text = 'what is no bytes' as unknown as Uint8Array
    const { atServer } = await connect({ client: [brotli], server: [{ ...brotli, compress: () => text }] })
    expect(atServer).toMatchObject({ code: 'invalid_argument', alert: 'internal_error' })
    const sameLength = (_: Uint8Array, length: number) => 'x'.repeat(length) as unknown as Uint8Array
    const { atClient } = await connect({ client: [{ ...brotli, decompress: sameLength }], server: [brotli] })
    expect(atClient).toMatchObject({ code: 'certificate_malformed' })
  })

  it.each([
    ['more', (compressed: Uint8Array) => new Uint8Array(compressed.length * 100)],
    ['less', () => new Uint8Array(3)],
    [
      'nothing, for the input is damaged',
      () => {
        throw new RangeError('no')
      },
    ],
  ])('refuses what gives %s than was announced with bad_certificate (section 4)', async (_what, decompress) => {
    const { atClient, atServer } = await connect({ client: [{ ...brotli, decompress }], server: [brotli] })
    expect(atClient).toMatchObject({ code: 'certificate_malformed', alert: 'bad_certificate' })
    expect(atServer).toMatchObject({ code: 'peer_alert', alertDescription: 42 })
  })

  it.each([
    ['sixteen million bytes where some hundred were announced', deflateSync(new Uint8Array(2 ** 24))],
    ['an empty one', deflateSync(new Uint8Array())],
    ['half of one', deflateSync(new Uint8Array(1000)).subarray(0, 12)],
    ['no zlib at all', Uint8Array.of(1, 2, 3)],
  ])('refuses %s from the platform', async (_what, bytes) => {
    const liar: CertificateCompressor = { algorithm: 'zlib', compress: () => bytes }
    const { atClient } = await connect({ client: true, server: [liar] })
    expect(atClient).toMatchObject({ code: 'certificate_malformed', alert: 'bad_certificate' })
  })

  it('announces no more than what is taken, or nothing is decompressed', async () => {
    const asked: number[] = []
    const curious: CertificateCompressor = {
      ...brotli,
      decompress(compressed, length) {
        asked.push(length)
        return brotliDecompressSync(compressed)
      },
    }
    // the message itself is short enough to be taken
    const tiny: CertificateCompressor = { ...brotli, compress: () => new Uint8Array(8) }
    const { client, server } = join(
      {
        serverName: 'localhost',
        trustAnchors: ca.pem,
        provider: testProvider,
        certificateCompression: [curious],
        maxCertificateLength: 300,
      },
      { ...serverOptions([tiny]), clientAuth: 'none' },
    )
    await expect(client.opened).rejects.toMatchObject({ code: 'certificate_malformed' })
    await expect(server.opened).rejects.toMatchObject({ code: 'peer_alert' })
    expect(asked).toEqual([])
  })

  it('ends the handshake with internal_error when the compressor throws, and tries again with the next', async () => {
    let calls = 0
    const broken: CertificateCompressor = {
      ...brotli,
      compress(certificate) {
        if (calls++ === 0) throw new Error('a bug of the application')
        return brotliCompressSync(certificate)
      },
    }
    const config = await TlsServerConfig.create({ ...serverOptions([broken]), clientAuth: 'none' })
    const options = { serverName: 'localhost', trustAnchors: ca.pem, provider: testProvider }
    const first = join({ ...options, certificateCompression: [brotli] }, config)
    await expect(first.server.opened).rejects.toMatchObject({ code: 'internal' })
    await expect(first.client.opened).rejects.toMatchObject({ code: 'peer_alert', alertDescription: 80 })
    const second = join({ ...options, certificateCompression: [brotli] }, config)
    await Promise.all([second.client.opened, second.server.opened])
    await Promise.all([second.client.close(), second.server.close()])
  })

  it.each([
    ['an algorithm that nobody named', [{ ...brotli, algorithm: 'lzma' }], /algorithm lzma/],
    ['the number 0, which is reserved', [{ ...brotli, algorithm: 0 }], /algorithm 0/],
    ['a number beyond two bytes', [{ ...brotli, algorithm: 65_536 }], /algorithm 65536/],
    ['one algorithm twice', [brotli, { ...brotli, algorithm: 2 }], /2 twice/],
    ['a compressor that does nothing', [{ algorithm: 'zlib' }], /neither compress nor decompress/],
    ['a compressor without functions', [{ algorithm: 'zlib', compress: 9 }], /no function/],
    ['something else', 'brotli', /a list of compressors/],
  ])('is refused as an option with %s', async (_what, certificateCompression, message) => {
    const options = { serverName: 'localhost', trustAnchors: ca.pem, provider: testProvider, certificateCompression }
    await expect(TlsClientConfig.create(options as unknown as TlsClientOptions)).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(message),
    })
  })
})
