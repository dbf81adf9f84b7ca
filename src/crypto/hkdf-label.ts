import type { Bytes } from '../wire/bytes.js'
import { encode, opaque8, struct, uint16 } from '../wire/codec.js'

const hkdfLabelStruct = struct({
  length: uint16,
  label: opaque8({ min: 7 }),
  context: opaque8(),
})

const prefix = 'tls13 '

/** The info of HKDF-Expand-Label: RFC 9846 section 7.1. @param length in bytes @param label without "tls13 " */
export function hkdfLabel(length: number, label: string, context: Bytes): Bytes {
  return encode(hkdfLabelStruct, { length, label: new TextEncoder().encode(prefix + label), context })
}
