import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkNameConstraints, compileNameConstraints } from '../../src/certificates/names/check-name-constraints.js'
import { ParsedCertificate } from '../../src/certificates/parsed-certificate.js'
import type { Bytes } from '../../src/wire/bytes.js'
import {
  createTestCa,
  createTestCertificate,
  distinguishedName,
  generalName,
  nameConstraintsValue,
} from '../support/certificates.js'
import { sharedTestKey } from '../support/test-keys.js'

const key = await sharedTestKey('ecdsa-p256')
const ca = await createTestCa({ key })

/** Judges names under constraints, through certificates. */
async function accepts(
  constraints: { readonly permitted?: readonly Bytes[]; readonly excluded?: readonly Bytes[] },
  names: readonly Bytes[],
  subject: string | Bytes = distinguishedName({}),
): Promise<boolean> {
  const issuer = ParsedCertificate.parse(
    (await createTestCa({ key, nameConstraints: nameConstraintsValue(constraints) })).der,
  )
  const leaf = ParsedCertificate.parse((await createTestCertificate({ ca, key, subject, otherNames: names })).der)
  const read = issuer.known.nameConstraints
  if (read === undefined) throw new Error('no constraints')
  try {
    checkNameConstraints(compileNameConstraints(read, 'CA'), leaf)
    return true
  } catch (error) {
    expect(error).toMatchObject({ name: 'TlsError' })
    return false
  }
}

describe('name constraints (RFC 5280 section 4.2.1.10)', () => {
  const { dns, email, uri, ip, directory, other, registeredId } = generalName

  it.each<[string, Bytes, Bytes, boolean, boolean]>([
    // name, constraint: accepted when permitted, accepted when excluded
    ['host itself', dns('example.com'), dns('example.com'), true, false],
    ['host below', dns('a.b.example.com'), dns('example.com'), true, false],
    ['case', dns('A.EXAMPLE.com'), dns('Example.COM'), true, false],
    ['other host with the same ending', dns('badexample.com'), dns('example.com'), false, true],
    ['parent', dns('example.com'), dns('a.example.com'), false, true],
    ['empty constraint', dns('example.com'), dns(''), true, false],
    ['wildcard below', dns('*.example.com'), dns('example.com'), true, false],
    ['wildcard above', dns('*.example.com'), dns('a.example.com'), false, false],
    ['wildcard two above', dns('*.example.com'), dns('b.a.example.com'), false, true],
    ['leading period, below', dns('a.example.com'), dns('.example.com'), true, false],
    ['leading period, itself', dns('example.com'), dns('.example.com'), false, false],
    ['malformed name', dns('a..com'), dns('example.com'), false, false],
    ['IPv4 inside', ip('192.0.2.77'), ip('192.0.2.0/255.255.255.0'), true, false],
    ['IPv4 outside', ip('192.0.3.77'), ip('192.0.2.0/255.255.255.0'), false, true],
    ['IPv4, host bits set in the constraint', ip('192.0.2.77'), ip('192.0.2.9/255.255.255.0'), true, false],
    ['IPv4, everything', ip('192.0.2.77'), ip('0.0.0.0/0.0.0.0'), true, false],
    ['IPv6 inside', ip('2001:db8::7'), ip('2001:db8::/ffff:ffff::'), true, false],
    ['IPv6 outside', ip('2001:db9::7'), ip('2001:db8::/ffff:ffff::'), false, true],
    ['IPv6 under IPv4', ip('2001:db8::7'), ip('0.0.0.0/0.0.0.0'), false, true],
    ['mailbox', email('a@example.com'), email('a@example.com'), true, false],
    ['mailbox, local part in other case', email('A@example.com'), email('a@example.com'), false, true],
    ['mailbox, host in other case', email('a@EXAMPLE.com'), email('a@example.com'), true, false],
    ['mailbox at the host', email('a@example.com'), email('example.com'), true, false],
    ['mailbox below the host', email('a@b.example.com'), email('example.com'), false, true],
    ['mailbox below the domain', email('a@b.example.com'), email('.example.com'), true, false],
    ['mailbox at the domain itself', email('a@example.com'), email('.example.com'), false, true],
    ['mailbox with a quoted local part', email('"a b"@example.com'), email('example.com'), false, false],
    ['mailbox without a host', email('example.com'), email('example.com'), false, false],
    ['URI at the host', uri('https://example.com:8443/x?y'), uri('example.com'), true, false],
    ['URI with user information', uri('https://example.org@example.com/'), uri('example.com'), true, false],
    ['URI below the host', uri('https://a.example.com/'), uri('example.com'), false, true],
    ['URI below the domain', uri('https://a.example.com'), uri('.example.com'), true, false],
    ['URI at an address', uri('https://192.0.2.1/'), uri('example.com'), false, false],
    ['URI at an IPv6 address', uri('https://[2001:db8::1]/'), uri('example.com'), false, false],
    ['URI without authority', uri('urn:x:example.com'), uri('example.com'), false, false],
    [
      'directory name, prefix',
      directory(distinguishedName({ O: 'x', CN: 'y' })),
      directory(distinguishedName({ O: 'X ' })),
      true,
      false,
    ],
    [
      'directory name, other',
      directory(distinguishedName({ O: 'x', CN: 'y' })),
      directory(distinguishedName({ CN: 'y' })),
      false,
      true,
    ],
    ['directory name, all', directory(distinguishedName({ O: 'x' })), directory(distinguishedName({})), true, false],
    [
      'a form without comparison',
      other('1.2.3', Uint8Array.of(5, 0)),
      other('1.2.3', Uint8Array.of(5, 0)),
      false,
      false,
    ],
    ['registered IDs', registeredId('1.2.3'), registeredId('1.2'), false, false],
    [
      'SmtpUTF8Mailbox under e-mail constraints',
      other('1.3.6.1.5.5.7.8.9', Uint8Array.of(12, 1, 97)),
      email('example.com'),
      false,
      false,
    ],
    ['another form than the constraint', dns('example.org'), ip('10.0.0.0/255.0.0.0'), true, true],
  ])('%s', async (_case, name, constraint, whenPermitted, whenExcluded) => {
    expect(await accepts({ permitted: [constraint] }, [name])).toBe(whenPermitted)
    expect(await accepts({ excluded: [constraint] }, [name])).toBe(whenExcluded)
  })

  it('bind the subject, and its e-mail addresses when no alternative name has one', async () => {
    const permitted = [directory(distinguishedName({ O: 'Example' }))]
    expect(await accepts({ permitted }, [], distinguishedName({ O: 'Example', CN: 'x' }))).toBe(true)
    expect(await accepts({ permitted }, [], distinguishedName({ O: 'Other' }))).toBe(false)
    expect(await accepts({ permitted }, [dns('a.example')])).toBe(true)
    const subject = distinguishedName({ emailAddress: 'a@example.org' })
    expect(await accepts({ permitted: [email('example.com')] }, [], subject)).toBe(false)
    expect(await accepts({ permitted: [email('example.com')] }, [email('b@example.com')], subject)).toBe(true)
  })

  it('in DNS agree with the definition for any names and constraints', async () => {
    const label = fc.constantFrom('a', 'b', 'c', 'ab')
    const host = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'))
    const presented = fc.tuple(fc.boolean(), host).map(([isWildcard, name]) => (isWildcard ? `*.${name}` : name))
    const isWithin = (name: string, subtree: string) => name === subtree || name.endsWith(`.${subtree}`)
    /** What a wildcard stands for, as far as the labels above can tell. */
    const standsFor = (name: string) =>
      name.startsWith('*.') ? ['a', 'b', 'c', 'ab', 'z'].map((x) => x + name.slice(1)) : [name]
    await fc.assert(
      fc.asyncProperty(
        fc.array(presented, { minLength: 1, maxLength: 3 }),
        fc.array(host, { maxLength: 3 }),
        fc.array(host, { maxLength: 3 }),
        async (names, permitted, excluded) => {
          fc.pre(permitted.length + excluded.length > 0)
          const hosts = names.flatMap(standsFor)
          const expected =
            (permitted.length === 0 || hosts.every((name) => permitted.some((subtree) => isWithin(name, subtree)))) &&
            !hosts.some((name) => excluded.some((subtree) => isWithin(name, subtree)))
          const verdict = await accepts({ permitted: permitted.map(dns), excluded: excluded.map(dns) }, names.map(dns))
          expect(verdict).toBe(expected)
        },
      ),
      { numRuns: 200 },
    )
  })
})
