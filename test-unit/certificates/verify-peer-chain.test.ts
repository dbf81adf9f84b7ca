import { describe, expect, it } from 'vitest'
import { privatePki } from '../../src/certificates/profiles/validation-profile.js'
import { TrustAnchors } from '../../src/certificates/trust-anchors.js'
import type { PathLimits } from '../../src/certificates/validation-options.js'
import { verifyPeerChain } from '../../src/certificates/verify-peer-chain.js'
import { platformProvider } from '../../src/crypto/provider.js'
import {
  createTestCa,
  createTestCertificate,
  daysFromNow,
  distinguishedName,
  generalName,
  nameConstraintsValue,
  type TestCertificate,
  type TestCertificateOptions,
  testOid,
} from '../support/certificates.js'
import { sharedTestKey } from '../support/test-keys.js'

const root = await createTestCa({ subject: 'Root' })

async function verify(
  leaf: TestCertificate,
  options: { serverName?: string; anchors?: TestCertificate[]; bag?: TestCertificate[]; time?: Date } = {},
) {
  return verifyPeerChain([leaf.der, ...(options.bag?.map(({ der }) => der) ?? leaf.chain.slice(1))], {
    purpose: 'serverAuth',
    serverName: options.serverName ?? 'example.com',
    trustAnchors: TrustAnchors.from((options.anchors ?? [root]).map(({ der }) => der)),
    time: options.time ?? new Date(),
    provider: platformProvider,
    profile: privatePki,
  })
}

const leafOf = (ca: TestCertificate, options: TestCertificateOptions = {}) =>
  createTestCertificate({ ca, dnsNames: ['example.com'], ...options })

describe('verifyPeerChain', () => {
  it('returns the path from the leaf to the anchor', async () => {
    const intermediate = await createTestCa({ ca: root, subject: 'Intermediate', pathLength: 0 })
    const leaf = await leafOf(intermediate)
    const { path } = await verify(leaf)
    expect(path.map(({ subject }) => subject)).toEqual(['CN=example.com', 'CN=Intermediate', 'CN=Root'])
  })

  it('accepts a leaf that is itself the anchor', async () => {
    const leaf = await createTestCertificate({ dnsNames: ['example.com'] })
    expect((await verify(leaf, { anchors: [leaf] })).path).toHaveLength(1)
  })

  it.each(['ecdsa-p256', 'ecdsa-p384', 'ecdsa-p521', 'rsa2048', 'rsa-pss', 'ed25519'] as const)(
    'checks signatures of %s keys',
    async (type) => {
      const ca = await createTestCa({ key: await sharedTestKey(type), subject: `${type} root` })
      const leaf = await leafOf(ca)
      expect((await verify(leaf, { anchors: [ca] })).path).toHaveLength(2)
      const impostor = await createTestCa({ key: await sharedTestKey(type, 'other'), subject: `${type} root` })
      await expect(verify(leaf, { anchors: [impostor] })).rejects.toMatchObject({ rule: 'signature' })
    },
  )

  //= rfc9846#section-4.5.1.3 4.5.1.3-7
  //= rfc9846#section-9.1 9.1-3
  it.each(['pss-sha256', 'pss-sha384', 'rsa-sha384', 'rsa-sha512'] as const)(
    'accepts %s by an RSA key',
    async (signature) => {
      const ca = await createTestCa({ key: await sharedTestKey('rsa2048'), subject: 'RSA root' })
      expect((await verify(await leafOf(ca, { signature }), { anchors: [ca] })).path).toHaveLength(2)
    },
  )

  //= rfc9846#section-4.5.1.3 4.5.1.3-4 4.5.1.3-5
  //= rfc9846#section-4.3.3 4.3.3-21
  //= rfc9846#section-4.5.1.3 4.5.1.3-6
  it.each(['rsa-md5', 'rsa-sha1', 'ecdsa-sha1'] as const)('refuses %s with bad_certificate', async (signature) => {
    const key = await sharedTestKey(signature === 'ecdsa-sha1' ? 'ecdsa-p256' : 'rsa2048')
    const ca = await createTestCa({ key, subject: 'Old root' })
    await expect(verify(await leafOf(ca, { signature }), { anchors: [ca] })).rejects.toMatchObject({
      rule: 'weak-signature',
      alert: 'bad_certificate',
    })
  })

  //= rfc9846#section-4.5.1 4.5.1-13
  it('refuses a chain whose leaf is not the first, though it is there', async () => {
    const intermediate = await createTestCa({ ca: root, subject: 'Intermediate' })
    const leaf = await leafOf(intermediate)
    const chain = [leaf.der, intermediate.der]
    const check = (certificates: typeof chain) =>
      verifyPeerChain(certificates, {
        purpose: 'serverAuth',
        serverName: 'example.com',
        trustAnchors: TrustAnchors.from(root.der),
        time: new Date(),
        provider: platformProvider,
        profile: privatePki,
      })
    await expect(check(chain)).resolves.toBeDefined()
    await expect(check([...chain].reverse())).rejects.toMatchObject({ name: 'TlsError' })
  })

  it('refuses a CA:FALSE leaf used as issuer', async () => {
    const issuer = await createTestCertificate({ ca: root, dnsNames: ['evil.example'], isCa: false })
    await expect(verify(await leafOf(issuer))).rejects.toMatchObject({
      rule: 'basic-constraints',
      alert: 'bad_certificate',
    })
    const silent = await createTestCertificate({ ca: root, dnsNames: ['evil.example'] })
    await expect(verify(await leafOf(silent))).rejects.toMatchObject({ rule: 'basic-constraints' })
  })

  it('refuses a chain to an unknown root with unknown_ca', async () => {
    const other = await createTestCa({ subject: 'Other root' })
    await expect(verify(await leafOf(other))).rejects.toMatchObject({
      rule: 'unknown-issuer',
      alert: 'unknown_ca',
      code: 'certificate_unknown_issuer',
    })
  })

  it.each([
    ['*.example.com', 'example.com', false],
    ['*.example.com', 'www.example.com', true],
    ['*.example.com', 'a.www.example.com', false],
    ['w*.example.com', 'www.example.com', false],
    ['www.*.com', 'www.example.com', false],
    ['*', 'example', false],
    ['EXAMPLE.com', 'example.COM', true],
    ['example.com', 'example.com.', true],
    ['example.com.', 'example.com', false],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example', true],
    ['*.xn--bcher-kva.example', 'www.xn--bcher-kva.example', true],
    ['192.0.2.1', '192.0.2.1', false],
  ])('holds the DNS name %s against %s: %s', async (presented, asked, matches) => {
    const verdict = verify(await leafOf(root, { dnsNames: [presented] }), { serverName: asked })
    if (matches) await expect(verdict).resolves.toBeDefined()
    else await expect(verdict).rejects.toMatchObject({ rule: 'server-name', alert: 'bad_certificate' })
  })

  it.each([
    ['192.0.2.1', '192.0.2.1', true],
    ['192.0.2.1', '192.0.2.2', false],
    ['2001:db8::1', '2001:0DB8:0:0::1', true],
    ['2001:db8::1', '[2001:db8::1]', true],
    ['2001:db8::1', '2001:db8::2', false],
  ])('holds the IP address %s against %s: %s', async (presented, asked, matches) => {
    const verdict = verify(await leafOf(root, { dnsNames: [], ipAddresses: [presented] }), { serverName: asked })
    if (matches) await expect(verdict).resolves.toBeDefined()
    else await expect(verdict).rejects.toMatchObject({ rule: 'server-name' })
  })

  it('never takes the CN for a name', async () => {
    const leaf = await createTestCertificate({ ca: root, subject: 'example.com' })
    await expect(verify(leaf)).rejects.toMatchObject({ rule: 'server-name' })
  })

  it.each(['bücher.example', 'a b', '', '-a.example', '1.2.3', '[::1'])('refuses to ask for %j', async (serverName) => {
    await expect(verify(await leafOf(root), { serverName })).rejects.toMatchObject({ code: 'invalid_argument' })
  })

  it('refuses expired and not yet valid certificates anywhere in the path', async () => {
    const past = { notBefore: daysFromNow(-9), notAfter: daysFromNow(-2) }
    await expect(verify(await leafOf(root, past))).rejects.toMatchObject({
      rule: 'expired',
      alert: 'certificate_expired',
    })
    await expect(verify(await leafOf(root, { notBefore: daysFromNow(1) }))).rejects.toMatchObject({
      code: 'certificate_not_yet_valid',
    })
    const intermediate = await createTestCa({ ca: root, subject: 'Old', ...past })
    await expect(verify(await leafOf(intermediate))).rejects.toMatchObject({ rule: 'expired', certificate: 'CN=Old' })
    const oldRoot = await createTestCa({ subject: 'Old root', ...past })
    await expect(verify(await leafOf(oldRoot), { anchors: [oldRoot] })).rejects.toMatchObject({ rule: 'expired' })
  })

  it('counts both ends of the validity in', async () => {
    const leaf = await leafOf(root, { notAfter: daysFromNow(10) })
    const end = daysFromNow(10)
    await expect(verify(leaf, { time: end })).resolves.toBeDefined()
    await expect(verify(leaf, { time: new Date(end.getTime() + 1000) })).rejects.toMatchObject({ rule: 'expired' })
  })

  it('refuses a wrong extended key usage in leaf and CA', async () => {
    await expect(verify(await leafOf(root, { extendedKeyUsage: ['clientAuth'] }))).rejects.toMatchObject({
      rule: 'extended-key-usage',
    })
    const mailCa = await createTestCa({ ca: root, subject: 'Mail', extendedKeyUsage: ['1.3.6.1.5.5.7.3.4'] })
    await expect(verify(await leafOf(mailCa))).rejects.toMatchObject({ rule: 'extended-key-usage' })
  })

  //= rfc9846#section-4.5.1.2 4.5.1.2-3
  it('refuses keys that may not do what they did', async () => {
    await expect(verify(await leafOf(root, { keyUsage: ['keyEncipherment'] }))).rejects.toMatchObject({
      rule: 'key-usage',
    })
    const crlSigner = await createTestCa({ ca: root, subject: 'CRLs only', keyUsage: ['cRLSign'] })
    await expect(verify(await leafOf(crlSigner))).rejects.toMatchObject({ rule: 'key-usage' })
  })

  it('refuses unknown critical extensions and passes over others', async () => {
    const extension = { oid: '1.3.6.1.4.1.99999.1', value: Uint8Array.of(5, 0) }
    await expect(verify(await leafOf(root, { extensions: [extension] }))).resolves.toBeDefined()
    await expect(verify(await leafOf(root, { extensions: [{ ...extension, critical: true }] }))).rejects.toMatchObject({
      rule: 'critical-extension',
      alert: 'unsupported_certificate',
    })
  })

  it('refuses a path longer than pathLenConstraint allows; self-issued certificates do not count', async () => {
    const one = await createTestCa({ ca: root, subject: 'One', pathLength: 0 })
    const two = await createTestCa({ ca: one, subject: 'Two' })
    await expect(verify(await leafOf(two))).rejects.toMatchObject({ rule: 'path-length' })
    const renewed = await createTestCa({ ca: one, subject: 'One' })
    await expect(verify(await leafOf(renewed))).resolves.toBeDefined()
  })

  it.each([
    ['dns', { dnsNames: ['example.com'] }, generalName.dns('example.com'), generalName.dns('example.org')],
    [
      'ip',
      { ipAddresses: ['192.0.2.7'] },
      generalName.ip('192.0.2.0/255.255.255.0'),
      generalName.ip('10.0.0.0/255.0.0.0'),
    ],
    [
      'email',
      { emailAddresses: ['a@example.com'] },
      generalName.email('example.com'),
      generalName.email('.example.com'),
    ],
    ['uri', { uris: ['https://a.example.com/x'] }, generalName.uri('.example.com'), generalName.uri('example.com')],
    [
      'directory',
      { subject: distinguishedName({ O: 'Example', CN: 'example.com' }) },
      generalName.directory(distinguishedName({ O: 'example' })),
      generalName.directory(distinguishedName({ O: 'other' })),
    ],
  ])('enforces %s name constraints', async (_form, names, covering, elsewhere) => {
    const underCa = async (nameConstraints: Uint8Array<ArrayBuffer>) => {
      const ca = await createTestCa({ ca: root, subject: 'Constrained', nameConstraints })
      return verify(await leafOf(ca, names))
    }
    await expect(underCa(nameConstraintsValue({ permitted: [covering] }))).resolves.toBeDefined()
    await expect(underCa(nameConstraintsValue({ permitted: [elsewhere, covering] }))).resolves.toBeDefined()
    await expect(underCa(nameConstraintsValue({ excluded: [elsewhere] }))).resolves.toBeDefined()
    const refused = { rule: 'name-constraints', certificate: expect.stringContaining('example.com') }
    await expect(underCa(nameConstraintsValue({ permitted: [elsewhere] }))).rejects.toMatchObject(refused)
    await expect(underCa(nameConstraintsValue({ excluded: [covering] }))).rejects.toMatchObject(refused)
    await expect(underCa(nameConstraintsValue({ permitted: [covering], excluded: [covering] }))).rejects.toMatchObject(
      refused,
    )
  })

  it('refuses name constraints that it cannot enforce', async () => {
    const other = generalName.other('1.2.3.4', Uint8Array.of(5, 0))
    const ca = await createTestCa({
      ca: root,
      subject: 'Odd',
      nameConstraints: nameConstraintsValue({ excluded: [other] }),
    })
    await expect(verify(await leafOf(ca))).resolves.toBeDefined()
    await expect(verify(await leafOf(ca, { otherNames: [other] }))).rejects.toMatchObject({ rule: 'name-constraints' })
    const broken = await createTestCa({
      ca: root,
      subject: 'Broken',
      nameConstraints: nameConstraintsValue({ excluded: [generalName.ip('10.0.0.0/255.0.255.0')] }),
    })
    await expect(verify(await leafOf(broken))).rejects.toMatchObject({ rule: 'name-constraints-form' })
  })

  it('excludes a wildcard that could stand for an excluded name', async () => {
    const ca = await createTestCa({
      ca: root,
      subject: 'Constrained',
      nameConstraints: nameConstraintsValue({ excluded: [generalName.dns('secret.example.com')] }),
    })
    const leaf = await leafOf(ca, { dnsNames: ['*.example.com'] })
    await expect(verify(leaf, { serverName: 'www.example.com' })).rejects.toMatchObject({ rule: 'name-constraints' })
  })

  //= rfc9846#section-4.5.1 4.5.1-12 4.5.1-10
  //= rfc9846#section-E E-5
  it('finds the one good path among cross-signed, expired, looping and forged certificates in any order', async () => {
    const key = await sharedTestKey('ecdsa-p256', 'intermediate')
    const otherRoot = await createTestCa({ subject: 'Elsewhere' })
    const good = await createTestCa({ ca: root, subject: 'Middle', key })
    const bag = [
      await createTestCa({ ca: otherRoot, subject: 'Middle', key }),
      await createTestCa({ ca: root, subject: 'Middle', key, notBefore: daysFromNow(-9), notAfter: daysFromNow(-1) }),
      await createTestCa({ subject: 'Middle' }),
      await createTestCa({ ca: good, subject: 'Root' }),
      good,
      good,
    ]
    const leaf = await leafOf(good)
    for (const order of [bag, bag.toReversed(), bag.toSorted(() => Math.random() - 0.5)]) {
      const { path } = await verify(leaf, { bag: order })
      expect(path.map(({ subject }) => subject)).toEqual(['CN=example.com', 'CN=Middle', 'CN=Root'])
    }
  })

  it('ends a search through a pathological bag with its own error, soon', async () => {
    const bag: TestCertificate[] = []
    let ca = root
    for (let index = 0; index < 40; index++) {
      ca = await createTestCa({ ca, subject: index % 2 === 0 ? 'A' : 'Root', pathLength: 0 })
      bag.push(ca)
    }
    const leaf = await leafOf(ca)
    const start = performance.now()
    await expect(verify(leaf, { bag })).rejects.toMatchObject({ name: 'TlsError' })
    expect(performance.now() - start).toBeLessThan(1000)
  })

  it('ends a search that costs more than it may with its own error', async () => {
    const middle = await createTestCa({ ca: root, subject: 'Middle' })
    const leaf = await leafOf(middle)
    const limited = (limits: Partial<PathLimits>) =>
      verifyPeerChain(leaf.chain, {
        purpose: 'serverAuth',
        serverName: 'example.com',
        trustAnchors: TrustAnchors.from(root.der),
        time: new Date(),
        provider: platformProvider,
        limits,
      })
    const exceeded = { rule: 'path-budget', code: 'certificate_budget_exceeded' }
    await expect(limited({ certificates: 1 })).rejects.toMatchObject(exceeded)
    await expect(limited({ signatures: 1 })).rejects.toMatchObject(exceeded)
    await expect(limited({ steps: 1 })).rejects.toMatchObject(exceeded)
    await expect(limited({ pathLength: 2 })).rejects.toMatchObject({ rule: 'path-length' })
    await expect(limited({ intermediates: 0 })).rejects.toMatchObject({ rule: 'path-length' })
    await expect(limited({ intermediates: 1, pathLength: 3, steps: 2, signatures: 3 })).resolves.toBeDefined()
  })

  it('refuses a serverless purpose only by its key usage, and checks no name when none is asked', async () => {
    const client = await createTestCertificate({ ca: root, subject: 'Client', extendedKeyUsage: ['clientAuth'] })
    const options = {
      purpose: 'clientAuth',
      serverName: undefined,
      trustAnchors: TrustAnchors.from(root.pem),
      time: new Date(),
      provider: platformProvider,
    } as const
    await expect(verifyPeerChain([client.der], options)).resolves.toBeDefined()
    await expect(verifyPeerChain([client.der], { ...options, purpose: 'serverAuth' })).rejects.toMatchObject({
      rule: 'extended-key-usage',
    })
    await expect(verifyPeerChain([], options)).rejects.toMatchObject({ rule: 'encoding' })
  })

  it('lets no control character and no endless name of a peer into a message', async () => {
    const hostile = `\u001b[31m\u202e${'x'.repeat(5000)}`
    const leaf = await createTestCertificate({ ca: root, subject: hostile, dnsNames: ['a\u0007\nb', 'c'.repeat(3000)] })
    const error = await verify(leaf).catch((reason: unknown) => reason as Error)
    const { message } = error as Error
    expect(message).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(message.length).toBeLessThan(2000)
  })

  it('refuses a duplicate extension', async () => {
    const policy = { oid: testOid.inhibitAnyPolicy, value: Uint8Array.of(2, 1, 0) }
    const leaf = await leafOf(root, { extensions: [policy, policy] })
    await expect(verify(leaf)).rejects.toMatchObject({ rule: 'encoding', alert: 'bad_certificate' })
  })
})
