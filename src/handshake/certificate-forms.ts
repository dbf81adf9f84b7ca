import type { Identity } from '../certificates/identity/identity.js'
import type { CertificateMessage } from '../messages/certificate.js'
import type { CompressedCertificate } from '../messages/compressed-certificate.js'
import { encodeMessage, type ReceivedMessage } from '../messages/handshake-message.js'
import type { Bytes } from '../wire/bytes.js'
import {
  type CompressionMethod,
  chooseMethod,
  compressCertificate,
  decompressCertificate,
  offeredAlgorithms,
} from './certificate-compression.js'
import type { MessageChannel } from './message-channel.js'

type CertificateForm = 'certificate' | 'compressed_certificate'

/** What is of certificates in the parameters of both roles. */
interface CertificateParameters {
  readonly certificateCompression: readonly CompressionMethod[]
  readonly maxCertificateLength: number
}

/** The messages a certificate may come in: compressed only where that was offered (RFC 8879 section 4). */
export const certificateForms = ({ certificateCompression }: CertificateParameters): readonly CertificateForm[] =>
  offeredAlgorithms(certificateCompression).length > 0 ? ['certificate', 'compressed_certificate'] : ['certificate']

export async function plainCertificate(
  message: ReceivedMessage<'certificate'> | ReceivedMessage<'compressed_certificate'>,
  { certificateCompression, maxCertificateLength }: CertificateParameters,
): Promise<CertificateMessage> {
  if (message.name === 'certificate') return message.body
  return await decompressCertificate(message.body, certificateCompression, maxCertificateLength)
}

/** A Certificate, compressed where the peer takes that and it is of use. */
export async function encodeCertificate(
  { certificateCompression }: CertificateParameters,
  identity: Identity,
  message: CertificateMessage,
  accepted: readonly number[],
): Promise<{ readonly name: CertificateForm; readonly bytes: Bytes }> {
  const method = chooseMethod(certificateCompression, accepted)
  const compressed = method && (await compressedOnce(method, identity, message))
  return compressed
    ? { name: 'compressed_certificate', bytes: encodeMessage('compressed_certificate', compressed) }
    : { name: 'certificate', bytes: encodeMessage('certificate', message) }
}

/** As `encodeCertificate`, and sends it. @returns its bytes */
export async function sendCertificate(
  channel: MessageChannel,
  parameters: CertificateParameters,
  identity: Identity,
  message: CertificateMessage,
  accepted: readonly number[],
): Promise<Bytes> {
  const { name, bytes } = await encodeCertificate(parameters, identity, message, accepted)
  channel.sendEncoded(name, bytes)
  return bytes
}

/** The same chain is compressed once for many connections: by what is chosen, of which a peer cannot make up more. */
async function compressedOnce(method: CompressionMethod, identity: Identity, message: CertificateMessage) {
  // a context is fresh for each request: nothing to keep
  if (message.certificateRequestContext.length > 0) return await compressCertificate(message, method)
  const key = JSON.stringify(message.certificateList[0]?.extensions.map(({ type }) => type) ?? [])
  const ofMethod = cache.get(method) ?? new WeakMap<Identity, CompressedForms>()
  cache.set(method, ofMethod)
  const forms = ofMethod.get(identity) ?? new Map<string, Promise<CompressedCertificate | undefined>>()
  ofMethod.set(identity, forms)
  let compressed = forms.get(key)
  if (!compressed) {
    compressed = compressCertificate(message, method)
    forms.set(key, compressed)
    // what failed once may do better with the next connection
    compressed.catch(() => forms.delete(key))
  }
  return await compressed
}

type CompressedForms = Map<string, Promise<CompressedCertificate | undefined>>

const cache = new WeakMap<CompressionMethod, WeakMap<Identity, CompressedForms>>()
