import { checked, uint16, vector8 } from '../../wire/codec.js'
import { ExtensionType } from '../code-points.js'
import { defineExtension } from './extension.js'

/** A list that names an algorithm twice is malformed, as with BoringSSL: RFC 8879 does not say. */
const body = checked(vector8(uint16, { min: 2, max: 254 }), (algorithms) =>
  new Set(algorithms).size === algorithms.length ? undefined : 'an algorithm stands there twice',
)

/** RFC 8879 section 3 */
export const compressCertificate = defineExtension(ExtensionType.compress_certificate, {
  clientHello: body,
  certificateRequest: body,
})
