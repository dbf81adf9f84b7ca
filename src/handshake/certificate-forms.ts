import type { Identity } from '../certificates/identity/identity.js'
import type { CertificateMessage } from '../messages/certificate.js'
import type { CompressedCertificate } from '../messages/compressed-certificate.js'
import { encodeMessage, type ReceivedMessage } from '../messages/handshake-message.js'
import type { Bytes } from '../wire/bytes.js'
import { chooseAlgorithm, compressCertificate, decompressCertificate } from './certificate-compression.js'
import type { MessageChannel } from './message-channel.js'

type CertificateForm = 'certificate' | 'compressed_certificate'

/** The messages a certificate may come in: compressed only where that was offered (RFC 8879 section 4). */
export const certificateForms = (offered: readonly number[]): readonly CertificateForm[] =>
  offered.length > 0 ? ['certificate', 'compressed_certificate'] : ['certificate']

export async function plainCertificate(
  message: ReceivedMessage<'certificate'> | ReceivedMessage<'compressed_certificate'>,
  maxLength: number,
): Promise<CertificateMessage> {
  return message.name === 'certificate' ? message.body : await decompressCertificate(message.body, maxLength)
}

/** A Certificate, compressed where the peer takes that and it gets smaller. */
export async function encodeCertificate(
  identity: Identity,
  message: CertificateMessage,
  accepted: readonly number[],
): Promise<{ readonly name: CertificateForm; readonly bytes: Bytes }> {
  const compressed = accepted.length > 0 ? await compressedOnce(identity, message, accepted) : undefined
  return compressed
    ? { name: 'compressed_certificate', bytes: encodeMessage('compressed_certificate', compressed) }
    : { name: 'certificate', bytes: encodeMessage('certificate', message) }
}

/** As `encodeCertificate`, and sends it. @returns its bytes */
export async function sendCertificate(
  channel: MessageChannel,
  identity: Identity,
  message: CertificateMessage,
  accepted: readonly number[],
): Promise<Bytes> {
  const { name, bytes } = await encodeCertificate(identity, message, accepted)
  channel.sendEncoded(name, bytes)
  return bytes
}

/** The same chain is compressed once for many connections. */
async function compressedOnce(identity: Identity, message: CertificateMessage, accepted: readonly number[]) {
  const leafExtensions = message.certificateList[0]?.extensions.map(({ type }) => type) ?? []
  // a context is fresh for each request: nothing to keep
  if (message.certificateRequestContext.length > 0) return await compressCertificate(message, accepted)
  // by what is chosen, not by what is offered: of that a peer could make up any number
  const algorithm = chooseAlgorithm(accepted)
  if (algorithm === undefined) return undefined
  const key = JSON.stringify([algorithm, leafExtensions])
  const known = cache.get(identity) ?? new Map<string, Promise<CompressedCertificate | undefined>>()
  cache.set(identity, known)
  let compressed = known.get(key)
  if (!compressed) {
    compressed = compressCertificate(message, accepted)
    known.set(key, compressed)
  }
  return await compressed
}

const cache = new WeakMap<Identity, Map<string, Promise<CompressedCertificate | undefined>>>()
