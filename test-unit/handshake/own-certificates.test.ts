import { describe, expect, it } from 'vitest'
import { loadIdentity } from '../../src/certificates/identity/identity.js'
import { ExtensionType } from '../../src/messages/code-points.js'
import { decodeMessage } from '../../src/messages/handshake-message.js'
import { acceptScripted, expectServerRefusal, openAccepted } from '../support/accepted-connection.js'
import { createTestCertificate, type TestCertificate } from '../support/certificates.js'
import { clientIdentity } from '../support/client-identity.js'
import { testProvider } from '../support/provider.js'
import { extensionOf, withExtensions } from '../support/refusal-table.js'
import { openScripted } from '../support/scripted-connection.js'
import { required } from '../support/scripted-server.js'
import { serverIdentity, testServerName } from '../support/server-identity.js'
import { sharedTestKey } from '../support/test-keys.js'

const optionOf = ({ chainPem, pkcs8Pem }: TestCertificate) => ({ certificateChain: chainPem, privateKey: pkcs8Pem })

async function oldCertificate(): Promise<TestCertificate> {
  const { ca } = await serverIdentity()
  const key = await sharedTestKey('ecdsa-p256')
  return await createTestCertificate({ ca, key, dnsNames: [testServerName], signature: 'ecdsa-sha1' })
}

const sha1Taken = withExtensions(extensionOf(ExtensionType.signature_algorithms, 0, 4, 4, 3, 2, 3))

describe('a certificate that is signed with SHA-1 (4.3.3, 4.5.1.2)', () => {
  //= rfc9846#section-4.5.1.2 4.5.1.2-12
  it('is not sent to a client that does not take it: handshake_failure', async () => {
    const connection = await acceptScripted({}, { identities: [optionOf(await oldCertificate())] })
    await expectServerRefusal(connection, {
      code: 'handshake_failure',
      alert: 'handshake_failure',
      message: /none of the signatures/,
    })
  })

  //= rfc9846#section-4.5.1.2 4.5.1.2-11
  it('is sent to one that takes it, where there is no other', async () => {
    const old = await oldCertificate()
    const { client } = await openAccepted({ edit: { client_hello: sha1Taken } }, { identities: [optionOf(old)] })
    expect(certificatesIn(client.messages('certificate')[0])).toEqual(old.chain)
  })

  //= rfc9846#section-4.3.3 4.3.3-16
  //= rfc9846#section-4.5.1.2 4.5.1.2-9
  it('is passed over for one that is not, even where it is taken', async () => {
    const [old, { certificate }] = [await oldCertificate(), await serverIdentity()]
    const identities = [optionOf(old), optionOf(certificate)]
    for (const edit of [{}, { client_hello: sha1Taken }]) {
      const { client } = await openAccepted({ edit }, { identities })
      expect(certificatesIn(client.messages('certificate')[0])).toEqual(certificate.chain)
    }
  })

  //= rfc9846#section-4.5.1.2 4.5.1.2-13
  it('is not sent by a client either, whose Certificate is empty then', async () => {
    const { certificate } = await clientIdentity('ecdsa-p256', { signature: 'ecdsa-sha1' })
    const { server } = await openScripted({ requestCertificate: true }, { identity: optionOf(certificate) })
    expect(server.clientFlight).toEqual(['certificate'])
  })
})

//= rfc9846#section-4.5.1.2 4.5.1.2-3
it('a certificate whose keyUsage is without digitalSignature is invalid_argument (4.5.1.2)', async () => {
  const { ca } = await serverIdentity()
  const key = await sharedTestKey('ecdsa-p256')
  const certificate = await createTestCertificate({ ca, key, dnsNames: [testServerName], keyUsage: ['keyAgreement'] })
  await expect(loadIdentity(optionOf(certificate), testProvider)).rejects.toMatchObject({
    code: 'invalid_argument',
    message: expect.stringMatching(/digitalSignature/),
  })
})

const certificatesIn = (message: Uint8Array<ArrayBuffer> | undefined) =>
  decodeMessage('certificate', required(message)).body.certificateList.map(({ certificateData }) => certificateData)
