import { isIP } from 'node:net'
import { createCertificate, createSelfSigned } from '../../certificates/create/create-certificate.js'
import type { IdentityOptions } from '../../certificates/identity/identity.js'

export interface DemoIdentity {
  readonly identity: IdentityOptions
  /** PEM of the CA, which clients must trust. */
  readonly ca: string
}

/**
 * A CA and a server's certificate made now. The CA's key is in no file, cannot be exported, and is gone when this
 * function has ended: whoever trusts this CA trusts it for this one certificate.
 */
export async function createDemoIdentity(names: readonly string[]): Promise<DemoIdentity> {
  const ca = await createSelfSigned({
    subject: { CN: 'webtls serve (made at start)' },
    isCa: true,
    pathLength: 0,
    validDays: 7,
  })
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const pair = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
  const leaf = await createCertificate({
    subject: { CN: names[0] ?? 'localhost' },
    dnsNames: names.filter((name) => isIP(name) === 0),
    ipAddresses: names.filter((name) => isIP(name) !== 0),
    validDays: 7,
    publicKey: pair.publicKey,
    issuer: { certificate: ca.certificate, privateKey: ca.privateKey },
  })
  return { identity: { certificateChain: leaf.pem, privateKey: pair.privateKey }, ca: ca.pem }
}
