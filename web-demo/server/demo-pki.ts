import {
  createTestCa,
  createTestCertificate,
  daysFromNow,
  distinguishedName,
  type TestCertificate,
} from '../../test-unit/support/certificates.js'

/** A certificate with its key, as node:https takes them. */
export interface ServerIdentity {
  /** Leaf first, then what stands between it and the root. */
  readonly certificatePem: string
  readonly privateKeyPem: string
}

export interface DemoPki {
  /** What the page is told to trust. */
  readonly rootPem: string
  /** The root of somebody else, who vouches for nothing here. */
  readonly unrelatedRootPem: string
  readonly identity: ServerIdentity
  /** The same in all but its name and its dates. */
  readonly expiredIdentity: ServerIdentity
}

/**
 * A certification authority that lives as long as the process: root, intermediate, leaf. Its keys never touch a disk,
 * so nothing is left that someone could be made to trust.
 * @param names DNS names and IPv4 addresses of the server
 */
export async function createDemoPki(names: readonly string[], expiredName: string): Promise<DemoPki> {
  const years = { notBefore: daysFromNow(-365), notAfter: daysFromNow(365) }
  const [root, unrelated] = await Promise.all([
    createTestCa({ ...years, subject: demoName('webtls demo root') }),
    createTestCa({ ...years, subject: distinguishedName({ O: 'Not the demo', CN: 'Somebody else’s root' }) }),
  ])
  const intermediate = await createTestCa({
    ...years,
    ca: root,
    pathLength: 0,
    subject: demoName('webtls demo intermediate'),
  })
  const [current, expired] = await Promise.all([
    createLeaf(names, intermediate, daysFromNow(-1), daysFromNow(30)),
    createLeaf([expiredName], intermediate, daysFromNow(-90), daysFromNow(-3)),
  ])
  return {
    rootPem: root.pem,
    unrelatedRootPem: unrelated.pem,
    identity: current,
    expiredIdentity: expired,
  }
}

async function createLeaf(
  names: readonly string[],
  ca: TestCertificate,
  notBefore: Date,
  notAfter: Date,
): Promise<ServerIdentity> {
  const isAddress = (name: string) => /^[0-9.]+$/.test(name)
  const leaf = await createTestCertificate({
    ca,
    subject: demoName(names[0] ?? 'webtls demo'),
    dnsNames: names.filter((name) => !isAddress(name)),
    ipAddresses: names.filter(isAddress),
    extendedKeyUsage: ['serverAuth'],
    isCa: false,
    notBefore,
    notAfter,
  })
  return { certificatePem: leaf.chainPem, privateKeyPem: leaf.pkcs8Pem }
}

const demoName = (commonName: string) => distinguishedName({ O: 'webtls demo', CN: commonName })
