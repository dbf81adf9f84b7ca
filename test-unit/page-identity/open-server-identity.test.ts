import { describe, expect, it } from 'vitest'
import { acceptTls, connectTls, memoryDuplexPair } from '../../src/index.js'
import { type CertificateOrder, openServerIdentity } from '../../src/page-identity.js'
import { createCertificate, createSelfSigned, readCertificateRequest } from '../../src/x509.js'

const names = ['tab.example.com']

async function authority() {
  const ca = await createSelfSigned({ subject: { CN: 'a CA of the test' }, isCa: true })
  const orders: CertificateOrder[] = []
  /** As a CA elsewhere does it: from the request alone. */
  const certificate = async (order: CertificateOrder) => {
    orders.push(order)
    const request = await readCertificateRequest((await order.createRequest()).pem)
    const issued = await createCertificate({
      dnsNames: request.dnsNames,
      publicKey: request.subjectPublicKeyInfo,
      validDays: 3,
      issuer: { certificate: ca.certificate, privateKey: ca.privateKey },
    })
    return issued.pem
  }
  return { ca, orders, certificate }
}

const day = 24 * 60 * 60 * 1000

describe('the identity of a server in a page', () => {
  it('has a key that cannot be exported, a certificate from a CA, and serves with them', async () => {
    const { ca, orders, certificate } = await authority()
    const identity = await openServerIdentity({ names, certificate })
    expect(orders).toHaveLength(1)
    const [client, server] = memoryDuplexPair()
    acceptTls(server, { identities: identity.identities })
    const socket = connectTls(client, { serverName: 'tab.example.com', trustAnchors: ca.pem })
    expect((await socket.opened).peerCertificates[0]?.dnsNames).toEqual(names)
    await socket.close('done')
  })

  it('is renewed with a third of its time left, while clients are served with the old one', async () => {
    const { orders, certificate } = await authority()
    let nowMs = Date.now()
    const identity = await openServerIdentity({ names, certificate, clock: () => new Date(nowMs) })
    const [first] = await identity.identities()
    nowMs += 1.5 * day
    expect((await identity.identities())[0]).toBe(first)
    expect(orders).toHaveLength(1)
    nowMs += 0.7 * day
    expect((await identity.identities())[0]).toBe(first)
    while (orders.length < 2 || (await identity.identities())[0] === first) await new Promise((r) => setTimeout(r, 5))
    expect(orders.length).toBeGreaterThanOrEqual(2)
  })

  it('says when that fails, goes on with what it has, and tries again later', async () => {
    const { certificate } = await authority()
    let nowMs = Date.now()
    const failures: unknown[] = []
    let isDown = false
    let asked = 0
    const identity = await openServerIdentity({
      names,
      clock: () => new Date(nowMs),
      onRenewalFailed: (error) => failures.push(error),
      certificate: (order) => {
        asked += 1
        return isDown ? Promise.reject(new Error('the CA is down')) : certificate(order)
      },
    })
    isDown = true
    nowMs += 4 * day
    expect(await identity.identities()).toHaveLength(1)
    expect(await identity.identities()).toHaveLength(1)
    expect([asked, failures.length]).toEqual([2, 1])
    nowMs += 61_000
    await identity.identities()
    expect(asked).toBe(3)
  })

  it('refuses keys that can be exported, certificates of another key and without the name', async () => {
    const { certificate } = await authority()
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
    const open = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
    const invalid = { code: 'invalid_argument' }
    await expect(openServerIdentity({ names, certificate, keyPair: open })).rejects.toMatchObject(invalid)
    await expect(openServerIdentity({ names: [], certificate })).rejects.toMatchObject(invalid)
    const other = await createSelfSigned({ subject: { CN: 'x' }, dnsNames: names })
    await expect(openServerIdentity({ names, certificate: async () => other.pem })).rejects.toMatchObject(invalid)
    const wrongName = (order: CertificateOrder) => certificate({ ...order, createRequest: order.createRequest })
    await expect(openServerIdentity({ names: ['a.example'], certificate: wrongName })).resolves.toBeDefined()
    const misnamed = async (order: CertificateOrder) => {
      const { privateKey, publicKey } = closed
      const made = await createSelfSigned({
        subject: { CN: 'x' },
        dnsNames: ['other.example'],
        keyPair: { privateKey, publicKey },
      })
      return order.names.length > 0 ? made.pem : ''
    }
    const closed = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
    await expect(openServerIdentity({ names, certificate: misnamed, keyPair: closed })).rejects.toMatchObject({
      message: expect.stringContaining('does not have the name tab.example.com'),
    })
  })

  it('takes a key of yours that cannot be exported', async () => {
    const { certificate } = await authority()
    const keyPair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-384' }, false, ['sign', 'verify'])
    const identity = await openServerIdentity({ names, certificate, keyPair })
    expect((await identity.identities())[0]?.leaf.publicKeyName).toMatch(/P-384|secp384r1/i)
  })

  it('says where there is no IndexedDB to keep it in', async () => {
    const { certificate } = await authority()
    await expect(openServerIdentity({ names, certificate, keep: 'x' })).rejects.toMatchObject({ code: 'unsupported' })
  })
})
