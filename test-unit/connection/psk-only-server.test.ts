import { describe, expect, it } from 'vitest'
import { TlsServerConfig, type TlsServerOptions } from '../../src/connection/server-config.js'
import type { ExternalPsk } from '../../src/session/external-psk.js'
import { createTestCa } from '../support/certificates.js'
import { identityOptions, join } from '../support/pair.js'
import { testProvider } from '../support/provider.js'
import { serverIdentity } from '../support/server-identity.js'

const psk: ExternalPsk = {
  identity: new TextEncoder().encode('the hub'),
  key: Uint8Array.from({ length: 32 }, (_, index) => index),
  hash: 'SHA-256',
}
const provider = testProvider
const client = { serverName: 'hub.example.com', provider } as const

describe('a server that has PSKs and no certificate', () => {
  it.each<[string, NonNullable<TlsServerOptions['externalPsks']>]>([
    ['a list', [psk]],
    ['a function', () => psk],
  ])('takes who knows one of %s', async (_what, externalPsks) => {
    const pair = join({ ...client, externalPsks: [psk] }, { externalPsks, provider })
    const [info] = await Promise.all([pair.client.opened, pair.server.opened])
    expect(info.peerCertificates).toEqual([])
    await Promise.all([pair.client.close(), pair.server.close()])
  })

  it.each([
    ['offers none', undefined],
    ['offers another', [{ ...psk, identity: Uint8Array.of(9) }]],
  ])('refuses who %s with handshake_failure', async (_what, externalPsks) => {
    const trustAnchors = (await createTestCa()).pem
    const options = externalPsks ? { ...client, externalPsks } : { ...client, trustAnchors }
    const pair = join(options, { externalPsks: [psk], provider })
    await expect(pair.server.opened).rejects.toMatchObject({ code: 'handshake_failure', alertDescription: 40 })
    await expect(pair.client.opened).rejects.toMatchObject({ code: 'peer_alert', alertDescription: 40 })
  })

  it.each([
    ['nothing', {}],
    ['an empty list of each', { identities: [], externalPsks: [] }],
    ['tickets alone', { identities: undefined }],
  ])('is no server with %s', async (_what, options) => {
    await expect(TlsServerConfig.create({ ...options, provider } as TlsServerOptions)).rejects.toMatchObject({
      code: 'invalid_argument',
      message: /a server needs a certificate, or externalPsks/,
    })
  })
})

describe('a client that has PSKs and no trust anchors', () => {
  it.each<[string, Partial<ExternalPsk> | undefined]>([
    ['no PSK', undefined],
    ['another PSK', { identity: Uint8Array.of(9) }],
    ['another PSK under a name that begins alike', { identity: new TextEncoder().encode('the hub 2') }],
  ])('is told by a server of certificates with %s that its PSKs were not accepted', async (_what, change) => {
    const identity = identityOptions(await serverIdentity())
    const server = { identities: [identity], provider, ...(change && { externalPsks: [{ ...psk, ...change }] }) }
    const pair = join({ ...client, externalPsks: [psk] }, server)
    await expect(pair.client.opened).rejects.toMatchObject({
      code: 'certificate_unknown_issuer',
      alert: 'unknown_ca',
      message: expect.stringMatching(/^the server accepted none of the external PSKs/),
    })
    await expect(pair.server.opened).rejects.toMatchObject({ code: 'peer_alert', alert: 'unknown_ca' })
  })
})
