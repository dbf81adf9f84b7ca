import { fixed, type Infer, opaque8, struct, uint8, uint16, vector8, vector16 } from '../wire/codec.js'
import { helloExtensions } from './hello-extensions.js'

/** RFC 9846 section 4.2.2 */
export const clientHello = struct({
  legacyVersion: uint16,
  random: fixed(32),
  legacySessionId: opaque8({ max: 32 }),
  cipherSuites: vector16(uint16, { min: 2, max: 65534 }),
  legacyCompressionMethods: vector8(uint8, { min: 1 }),
  extensions: helloExtensions(),
})
export type ClientHello = Infer<typeof clientHello>
