import { empty, opaque16, vector16 } from '../../wire/codec.js'
import { ExtensionType } from '../code-points.js'
import { defineExtension } from './extension.js'

/** RFC 6962 section 3.3.1; in TLS 1.3 it stands where RFC 9846 section 4.5.1.1 says. */
export const signedCertificateTimestamp = defineExtension(ExtensionType.signed_certificate_timestamp, {
  clientHello: empty,
  certificateRequest: empty,
  certificate: vector16(opaque16({ min: 1 }), { min: 1 }),
})
