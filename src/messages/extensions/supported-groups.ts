import { uint16, vector16 } from '../../wire/codec.js'
import { ExtensionType } from '../code-points.js'
import { defineExtension } from './extension.js'

const body = vector16(uint16, { min: 2 })

/** RFC 9846 section 4.3.7 */
export const supportedGroups = defineExtension(ExtensionType.supported_groups, {
  clientHello: body,
  encryptedExtensions: body,
})
