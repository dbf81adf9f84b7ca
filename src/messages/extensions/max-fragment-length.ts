import { uint8 } from '../../wire/codec.js'
import { ExtensionType } from '../code-points.js'
import { defineExtension } from './extension.js'

/** RFC 6066 section 4: 1 to 4 mean 2^9 to 2^12 bytes; other values are illegal_parameter. */
export const maxFragmentLength = defineExtension(ExtensionType.max_fragment_length, {
  clientHello: uint8,
  encryptedExtensions: uint8,
})
