import { createTestCertificate, type TestCertificateOptions } from './certificates.js'
import { type ServerIdentity, serverIdentity } from './server-identity.js'
import { sharedTestKey, type TestKeyType } from './test-keys.js'

/** A client's chain and key, from the CA that vouches for the tests' servers. */
export async function clientIdentity(
  keyType: TestKeyType = 'ecdsa-p256',
  options: Partial<TestCertificateOptions> = {},
): Promise<ServerIdentity> {
  const { ca, scheme } = await serverIdentity(keyType)
  const certificate = await createTestCertificate({
    ca,
    key: await sharedTestKey(keyType, 'client'),
    subject: 'Test client',
    extendedKeyUsage: ['clientAuth'],
    ...options,
  })
  return { ca, certificate, scheme }
}
