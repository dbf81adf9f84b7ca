import { checked, remainder } from '../../wire/codec.js'
import { ExtensionType } from '../code-points.js'
import { defineExtension } from './extension.js'

/** RFC 7685 section 3: "all bytes MUST be zero". */
export const padding = defineExtension(ExtensionType.padding, {
  clientHello: checked(remainder(65535), (bytes) => (bytes.every((byte) => byte === 0) ? undefined : 'not all zero')),
})
