import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTestCa, createTestCertificate } from '../../test-unit/support/certificates.js'
import { type CertificateType, certificates, type Pems } from './cases.js'

/** The chains of s2n-tls's benchmarks: a root, under it an intermediate that signs the server's, and the client's. */
export async function writeCertificates(folder: string): Promise<void> {
  for (const keyType of certificates) {
    const root = await createTestCa({ keyType, subject: 'Root' })
    const branch = await createTestCa({ keyType, ca: root, subject: 'Branch', pathLength: 0 })
    const server = await createTestCertificate({ keyType, ca: branch, dnsNames: ['localhost'] })
    const client = await createTestCertificate({ keyType, ca: root, subject: 'client', dnsNames: ['client.test'] })
    const files: Pems = {
      ca: root.pem,
      'server-chain': server.chainPem,
      'server-key': server.pkcs8Pem,
      'client-chain': client.chainPem,
      'client-key': client.pkcs8Pem,
    }
    const path = join(folder, keyType)
    mkdirSync(path)
    for (const [name, pem] of Object.entries(files)) writeFileSync(join(path, `${name}.pem`), pem)
  }
}

export function readCertificates(folder: string, certificate: CertificateType): Pems {
  const pem = (name: keyof Pems) => readFileSync(join(folder, certificate, `${name}.pem`), 'utf8')
  return {
    ca: pem('ca'),
    'server-chain': pem('server-chain'),
    'server-key': pem('server-key'),
    'client-chain': pem('client-chain'),
    'client-key': pem('client-key'),
  }
}
