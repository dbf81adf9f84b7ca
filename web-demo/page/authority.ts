import { createCertificate, createSelfSigned, readCertificateRequest } from '../../src/x509.js'

/** A CA of this page, whose key cannot be exported and ends with it. */
export interface Authority {
  readonly pem: string
  /** A chain, leaf first, for the key in a certification request. What the request asks to be called counts for nothing. */
  sign(requestPem: string, name: string): Promise<string>
}

export async function createAuthority(commonName: string): Promise<Authority> {
  const ca = await createSelfSigned({
    subject: { O: 'webtls demo', CN: commonName },
    isCa: true,
    pathLength: 0,
    validDays: 30,
  })
  return {
    pem: ca.pem,
    async sign(requestPem, name) {
      const request = await readCertificateRequest(requestPem)
      const leaf = await createCertificate({
        subject: { CN: name },
        dnsNames: [name],
        publicKey: request.subjectPublicKeyInfo,
        issuer: { certificate: ca.certificate, privateKey: ca.privateKey },
        validDays: 30,
      })
      return leaf.pem + ca.pem
    },
  }
}
