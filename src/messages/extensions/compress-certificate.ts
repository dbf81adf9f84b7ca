import { uint16, vector8 } from '../../wire/codec.js'
import { ExtensionType } from '../code-points.js'
import { defineExtension } from './extension.js'

const body = vector8(uint16, { min: 2, max: 254 })

/** RFC 8879 section 3 */
export const compressCertificate = defineExtension(ExtensionType.compress_certificate, {
  clientHello: body,
  certificateRequest: body,
})
