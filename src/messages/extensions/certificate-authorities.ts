import { opaque16, vector16 } from '../../wire/codec.js'
import { ExtensionType } from '../code-points.js'
import { defineExtension } from './extension.js'

/** DER of X.501 names: RFC 9846 section 4.3.4 */
const body = vector16(opaque16({ min: 1 }), { min: 3 })

export const certificateAuthorities = defineExtension(ExtensionType.certificate_authorities, {
  clientHello: body,
  certificateRequest: body,
})
