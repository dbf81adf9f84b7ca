import { TlsError } from '../../errors/tls-error.js'
import { ExtensionType, nameOf } from '../code-points.js'
import type { Extension, ExtensionCarrier } from './extension.js'

type Abbreviation = 'CH' | 'SH' | 'HRR' | 'EE' | 'CR' | 'CT' | 'NST'

const carrierAbbreviation: Readonly<Record<ExtensionCarrier, Abbreviation>> = {
  clientHello: 'CH',
  serverHello: 'SH',
  helloRetryRequest: 'HRR',
  encryptedExtensions: 'EE',
  certificateRequest: 'CR',
  certificate: 'CT',
  newSessionTicket: 'NST',
}

/** RFC 9846 section 4.3, the table of extensions and the messages they may stand in; further RFCs where noted. */
const permitted: ReadonlyMap<number, readonly Abbreviation[]> = new Map([
  [ExtensionType.server_name, ['CH', 'EE', 'CR']],
  [ExtensionType.max_fragment_length, ['CH', 'EE']],
  [ExtensionType.status_request, ['CH', 'CR', 'CT']],
  [ExtensionType.supported_groups, ['CH', 'EE']],
  [ExtensionType.signature_algorithms, ['CH', 'CR']],
  [ExtensionType.use_srtp, ['CH', 'EE']],
  [ExtensionType.heartbeat, ['CH', 'EE']],
  [ExtensionType.application_layer_protocol_negotiation, ['CH', 'EE']],
  [ExtensionType.signed_certificate_timestamp, ['CH', 'CR', 'CT']],
  [ExtensionType.client_certificate_type, ['CH', 'EE']],
  [ExtensionType.server_certificate_type, ['CH', 'EE']],
  [ExtensionType.padding, ['CH']],
  // RFC 7627: TLS 1.2 only; a client that also offers TLS 1.2 sends it
  [ExtensionType.extended_main_secret, ['CH']],
  [ExtensionType.compress_certificate, ['CH', 'CR']],
  [ExtensionType.record_size_limit, ['CH', 'EE']],
  [ExtensionType.delegated_credential, ['CH', 'CR', 'CT']],
  [ExtensionType.supported_ekt_ciphers, ['CH', 'EE']],
  [ExtensionType.pre_shared_key, ['CH', 'SH']],
  [ExtensionType.early_data, ['CH', 'EE', 'NST']],
  [ExtensionType.supported_versions, ['CH', 'SH', 'HRR']],
  [ExtensionType.cookie, ['CH', 'HRR']],
  [ExtensionType.psk_key_exchange_modes, ['CH']],
  [ExtensionType.certificate_authorities, ['CH', 'CR']],
  [ExtensionType.oid_filters, ['CR']],
  [ExtensionType.post_handshake_auth, ['CH']],
  [ExtensionType.signature_algorithms_cert, ['CH', 'CR']],
  [ExtensionType.key_share, ['CH', 'SH', 'HRR']],
  [ExtensionType.transparency_info, ['CH', 'CR', 'CT']],
  [ExtensionType.external_id_hash, ['CH', 'EE']],
  [ExtensionType.external_session_id, ['CH', 'EE']],
  [ExtensionType.quic_transport_parameters, ['CH', 'EE']],
  [ExtensionType.ticket_request, ['CH', 'EE']],
  [ExtensionType.encrypted_client_hello, ['CH', 'HRR', 'EE']],
  // RFC 5746: TLS 1.2 only
  [ExtensionType.renegotiation_info, ['CH']],
])

/**
 * A block that answers ours: each extension must have been asked for and belong into this message.
 *
 * @param offered the types we sent; for a HelloRetryRequest, `cookie` needs no request.
 */
export function checkResponseExtensions(
  extensions: readonly Extension[],
  carrier: 'serverHello' | 'helloRetryRequest' | 'encryptedExtensions' | 'certificate',
  offered: ReadonlySet<number>,
): void {
  for (const { type } of extensions) {
    //= rfc9846#section-4.3 4.3-5
    if (carrier === 'helloRetryRequest' && type === ExtensionType.cookie) continue
    //= rfc9846#section-4.3 4.3-6
    if (!offered.has(type)) {
      throw new TlsError(
        'unsupported_extension',
        `${carrier} has extension ${nameOf(ExtensionType, type)}, which was not asked for`,
      )
    }
  }
  checkExtensionPlaces(extensions, carrier)
}

/** A block that asks: what is not known is ignored, what is known must belong into this message (section 4.3). */
export function checkExtensionPlaces(extensions: readonly Extension[], carrier: ExtensionCarrier): void {
  for (const { type } of extensions) {
    //= rfc9846#section-9.3 9.3-1 9.3-3
    const places = permitted.get(type)
    //= rfc9846#section-4.3 4.3-7
    //= rfc9846#section-4.3.5 4.3.5-1
    if (places && !places.includes(carrierAbbreviation[carrier])) {
      throw new TlsError(
        'illegal_parameter',
        `extension ${nameOf(ExtensionType, type)} may not stand in ${carrier}, only in ${places.join(', ')}`,
      )
    }
  }
}
