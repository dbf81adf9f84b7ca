import { certificateAuthorities } from '../../messages/extensions/certificate-authorities.js'
import { compressCertificate } from '../../messages/extensions/compress-certificate.js'
import { type Extension, makeExtension } from '../../messages/extensions/extension.js'
import { signatureAlgorithms, signatureAlgorithmsCert } from '../../messages/extensions/signature-algorithms.js'
import type { Bytes } from '../../wire/bytes.js'
import { offeredAlgorithms } from '../certificate-compression.js'
import { greaseExtension } from '../grease.js'
import type { ServerParameters } from './server-parameters.js'

/** What a server says of the certificates that it takes: RFC 9846 section 4.4.2. */
export function certificateRequestOf(parameters: ServerParameters): readonly Extension[] {
  const schemes = parameters.signatureSchemes.map(({ codePoint }) => codePoint)
  //= rfc9846#section-4.4.2 4.4.2-6
  //= rfc9846#section-9.2 9.2-4
  const extensions = [makeExtension(signatureAlgorithms, signatureAlgorithms.certificateRequest, schemes)]
  if (parameters.certificateSchemes.length > 0) {
    const list = parameters.certificateSchemes.map(({ codePoint }) => codePoint)
    extensions.push(makeExtension(signatureAlgorithmsCert, signatureAlgorithmsCert.certificateRequest, list))
  }
  const compression = offeredAlgorithms(parameters.certificateCompression)
  if (compression.length > 0) {
    extensions.push(makeExtension(compressCertificate, compressCertificate.certificateRequest, compression))
  }
  const names: readonly Bytes[] = parameters.certificateAuthorities
  //= rfc9846#section-4.3.4 4.3.4-3
  if (names.length > 0) {
    extensions.push(makeExtension(certificateAuthorities, certificateAuthorities.certificateRequest, names))
  }
  if (parameters.grease) extensions.push(greaseExtension(parameters.provider))
  return extensions
}
