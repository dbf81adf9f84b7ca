import { TlsError } from '../../errors/tls-error.js'
import type { CertificateMessage } from '../../messages/certificate.js'
import type { CertificateRequest } from '../../messages/certificate-request.js'
import { certificateAuthorities } from '../../messages/extensions/certificate-authorities.js'
import { compressCertificate } from '../../messages/extensions/compress-certificate.js'
import { type Extension, readExtension, requireExtension } from '../../messages/extensions/extension.js'
import { checkExtensionPlaces } from '../../messages/extensions/permitted.js'
import { signatureAlgorithms, signatureAlgorithmsCert } from '../../messages/extensions/signature-algorithms.js'
import { signedCertificateTimestamp } from '../../messages/extensions/signed-certificate-timestamp.js'
import { checkStatusRequest } from '../../messages/extensions/status-request.js'
import type { Bytes } from '../../wire/bytes.js'
import { type ReceivedChain, readChain } from '../received-chain.js'
import type { SentOffer } from './client-offer.js'
import { type OidFilters, readOidFilters } from './oid-filters.js'

/** RFC 9846 section 4.5.1: the server's chain, leaf first; not judged yet. */
export function readServerCertificate(message: CertificateMessage, offer: SentOffer): ReceivedChain {
  //= rfc9846#section-4.5.1 4.5.1-5
  if (message.certificateRequestContext.length > 0) {
    throw new TlsError('illegal_parameter', 'certificate_request_context of a server is not empty (section 4.5.1)')
  }
  // section 4.5.1.3: "If the server supplies an empty Certificate message ... decode_error"
  //= rfc9846#section-4.5.1.3 4.5.1.3-1
  if (message.certificateList.length === 0) {
    throw new TlsError('decode_error', 'the server sent no certificate')
  }
  return readChain(message, offer.offeredExtensions)
}

/** What a server asks of the client's certificate. */
export interface CertificateDemand {
  readonly context: Bytes
  readonly signatureSchemes: readonly number[]
  /** For signatures in certificates. */
  readonly certificateSchemes: readonly number[]
  /** DER of names; `undefined` when any issuer will do. */
  readonly authorities: readonly Bytes[] | undefined
  /** What the extensions of the client's certificate must say; `undefined` when anything will do. */
  readonly oidFilters: OidFilters | undefined
  readonly extensions: readonly Extension[]
  /** RFC 8879: algorithms by which the server takes a compressed certificate. */
  readonly compression: readonly number[]
}

/** In the handshake: RFC 9846 section 4.4.2. */
export function readCertificateRequest(request: CertificateRequest): CertificateDemand {
  if (request.certificateRequestContext.length > 0) {
    throw new TlsError('illegal_parameter', 'certificate_request_context in the handshake is not empty (section 4.4.2)')
  }
  return readCertificateDemand(request)
}

/** In the handshake and after it. */
export function readCertificateDemand(request: CertificateRequest): CertificateDemand {
  const { certificateRequestContext, extensions } = request
  //= rfc9846#section-4.4.2 4.4.2-7
  //= rfc9846#section-9.3 9.3-6
  checkExtensionPlaces(extensions, 'certificateRequest')
  // these are answered with the certificate, if at all: judged for their form in any case (section 6)
  checkStatusRequest(extensions, 'server')
  readExtension(extensions, signedCertificateTimestamp, signedCertificateTimestamp.certificateRequest)
  const { certificateRequest: schemes } = signatureAlgorithms
  const signatureSchemes = requireExtension(extensions, signatureAlgorithms, schemes, 'certificate_request')
  return {
    context: certificateRequestContext,
    signatureSchemes,
    certificateSchemes:
      readExtension(extensions, signatureAlgorithmsCert, signatureAlgorithmsCert.certificateRequest) ??
      signatureSchemes,
    authorities: readExtension(extensions, certificateAuthorities, certificateAuthorities.certificateRequest),
    oidFilters: readOidFilters(request),
    extensions,
    compression: readExtension(extensions, compressCertificate, compressCertificate.certificateRequest) ?? [],
  }
}
