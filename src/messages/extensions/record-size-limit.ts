import { uint16 } from '../../wire/codec.js'
import { ExtensionType } from '../code-points.js'
import { defineExtension } from './extension.js'

/** RFC 8449 section 4: the plaintext with its content type and padding, in bytes. */
export const recordSizeLimit = defineExtension(ExtensionType.record_size_limit, {
  clientHello: uint16,
  encryptedExtensions: uint16,
})

/** "a value smaller than 64 MUST be treated as a fatal error" with illegal_parameter. */
export const smallestRecordSizeLimit = 64
