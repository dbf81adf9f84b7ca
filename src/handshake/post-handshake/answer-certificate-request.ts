import { makeVerifyData } from '../../crypto/finished.js'
import type { Secret } from '../../crypto/secret.js'
import { TlsError } from '../../errors/tls-error.js'
import { decodeMessage, encodeMessage, type MessageName } from '../../messages/handshake-message.js'
import type { Bytes } from '../../wire/bytes.js'
import { encodeCertificate } from '../certificate-forms.js'
import { certificateMessageOf } from '../certificate-message.js'
import { chooseClientIdentity } from '../client/client-authentication.js'
import type { ClientParameters } from '../client/client-parameters.js'
import { readCertificateDemand } from '../client/server-authentication.js'
import type { HandshakeResult } from '../handshake-result.js'
import type { Observer } from '../observer.js'
import { signedContent } from '../signed-content.js'

/**
 * A client's answer to a certificate_request after the handshake: RFC 9846 section 4.7.2.
 * @param writeSecret client_application_traffic_secret_N, under which the answer goes out
 * @returns the messages, which must be sent one behind the other
 */
export async function answerCertificateRequest(
  parameters: ClientParameters,
  result: HandshakeResult,
  bytes: Bytes,
  writeSecret: Secret,
  observer: Observer,
): Promise<readonly { readonly name: MessageName; readonly bytes: Bytes }[]> {
  const base = result.postHandshakeTranscript
  if (!base) throw new TlsError('unexpected_message', 'certificate_request after the handshake')
  const { provider } = parameters
  const { hash } = result.suite
  const demand = readCertificateDemand(decodeMessage('certificate_request', bytes).body)
  const chosen = await chooseClientIdentity(parameters, demand)
  const answer: { name: MessageName; bytes: Bytes }[] = []
  let transcript = base.with(bytes)
  const add = (name: MessageName, message: Bytes) => {
    answer.push({ name, bytes: message })
    transcript = transcript.with(message)
  }
  if (chosen) {
    const { identity, scheme } = chosen
    const message = certificateMessageOf(identity, demand.context, demand.extensions)
    const encoded = await encodeCertificate(parameters, identity, message, demand.compression)
    add(encoded.name, encoded.bytes)
    const content = signedContent('client', await transcript.digest(provider, hash))
    const signature = await observer.timed('Sign CertificateVerify', identity.makeSignature(scheme, content))
    //= rfc9846#section-4.5.2 4.5.2-2
    //= rfc9846#section-4.7.2 4.7.2-3
    add('certificate_verify', encodeMessage('certificate_verify', { algorithm: scheme.codePoint, signature }))
  } else {
    //= rfc9846#section-4.7.2 4.7.2-4
    const nothing = { certificateRequestContext: demand.context, certificateList: [] }
    add('certificate', encodeMessage('certificate', nothing))
  }
  const verifyData = await makeVerifyData(provider, writeSecret, await transcript.digest(provider, hash))
  //= rfc9846#section-4.7.2 4.7.2-3 4.7.2-4
  add('finished', encodeMessage('finished', { verifyData }))
  return answer
}
