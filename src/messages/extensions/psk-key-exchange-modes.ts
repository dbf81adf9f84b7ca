import { uint8, vector8 } from '../../wire/codec.js'
import { ExtensionType } from '../code-points.js'
import { defineExtension } from './extension.js'

/** RFC 9846 section 4.3.9 */
export const pskKeyExchangeModes = defineExtension(ExtensionType.psk_key_exchange_modes, {
  clientHello: vector8(uint8, { min: 1 }),
})
