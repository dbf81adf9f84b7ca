import { type Infer, opaque16, struct, uint16, vector16 } from '../../wire/codec.js'
import { ExtensionType } from '../code-points.js'
import { defineExtension } from './extension.js'

/** RFC 9846 section 4.3.8 */
export const keyShareEntry = struct({ group: uint16, keyExchange: opaque16({ min: 1 }) })
export type KeyShareEntry = Infer<typeof keyShareEntry>

export const keyShare = defineExtension(ExtensionType.key_share, {
  clientHello: vector16(keyShareEntry),
  helloRetryRequest: uint16,
  serverHello: keyShareEntry,
})
