import { uint16, vector8 } from '../../wire/codec.js'
import { ExtensionType } from '../code-points.js'
import { defineExtension } from './extension.js'

/** RFC 9846 section 4.3.1 */
export const supportedVersions = defineExtension(ExtensionType.supported_versions, {
  clientHello: vector8(uint16, { min: 2, max: 254 }),
  serverHello: uint16,
  helloRetryRequest: uint16,
})
