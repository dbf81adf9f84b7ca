import { afterEach, describe, expect, it, vi } from 'vitest'
import { openServerIdentity } from '../../src/page-identity.js'
import { createCertificate, createSelfSigned, readCertificateRequest } from '../../src/x509.js'

/** As much of IndexedDB as is used, with what it keeps in `rows`. Real ones are met in test-e2e/browser. */
function fakeIndexedDb(rows: Map<unknown, unknown>) {
  const settle = <T>(result: T) => {
    const request: { result: T; onsuccess?: () => void; onupgradeneeded?: () => void } = { result }
    setTimeout(() => {
      request.onupgradeneeded?.()
      request.onsuccess?.()
    })
    return request
  }
  const store = {
    get: (key: unknown) => settle(rows.get(key)),
    put: (value: unknown, key: unknown) => settle(rows.set(key, value)),
    delete: (key: unknown) => settle(rows.delete(key)),
  }
  const database = {
    createObjectStore: () => store,
    close: () => undefined,
    transaction: () => {
      const transaction: { oncomplete?: () => void; objectStore: () => typeof store } = { objectStore: () => store }
      setTimeout(() => transaction.oncomplete?.(), 5)
      return transaction
    },
  }
  return { open: () => settle(database) }
}

afterEach(() => void vi.unstubAllGlobals())

async function issuing() {
  const ca = await createSelfSigned({ subject: { CN: 'a CA' }, isCa: true })
  let count = 0
  const certificate = async ({ createRequest }: { createRequest(): Promise<{ pem: string }> }) => {
    count += 1
    const { dnsNames, subjectPublicKeyInfo } = await readCertificateRequest((await createRequest()).pem)
    const issuer = { certificate: ca.certificate, privateKey: ca.privateKey }
    return (await createCertificate({ dnsNames, publicKey: subjectPublicKeyInfo, issuer, validDays: 3 })).pem
  }
  return { certificate, issued: () => count }
}

describe('an identity that is kept', () => {
  it('comes back with its key, which cannot be exported, until it is forgotten', async () => {
    const rows = new Map<string, { privateKey: CryptoKey }>()
    vi.stubGlobal('indexedDB', fakeIndexedDb(rows))
    const { certificate, issued } = await issuing()
    const options = { names: ['tab.example'], keep: 'tab', certificate }
    const first = await openServerIdentity(options)
    expect([first.wasKept, issued()]).toEqual([false, 1])
    expect(rows.get('tab')?.privateKey.extractable).toBe(false)
    const second = await openServerIdentity(options)
    expect([second.wasKept, issued()]).toEqual([true, 1])
    expect(second.certificateChain).toBe(first.certificateChain)
    await second.forget()
    expect(rows.size).toBe(0)
    expect((await openServerIdentity(options)).wasKept).toBe(false)
  })

  it('is not used for other names, at its end, or when it was tampered with', async () => {
    const rows = new Map<string, Record<string, unknown>>()
    vi.stubGlobal('indexedDB', fakeIndexedDb(rows))
    const { certificate, issued } = await issuing()
    const options = { names: ['tab.example'], keep: 'tab', certificate }
    await openServerIdentity(options)
    expect((await openServerIdentity({ ...options, names: ['other.example'] })).wasKept).toBe(false)
    const late = { ...options, names: ['other.example'], clock: () => new Date(Date.now() + 2.5 * 86_400_000) }
    expect((await openServerIdentity(late)).wasKept).toBe(false)
    const stranger = await createSelfSigned({ subject: { CN: 'x' }, dnsNames: ['other.example'] })
    rows.set('tab', { ...rows.get('tab'), certificateChain: stranger.pem })
    expect((await openServerIdentity({ ...options, names: ['other.example'] })).wasKept).toBe(false)
    expect(issued()).toBe(4)
  })
})
