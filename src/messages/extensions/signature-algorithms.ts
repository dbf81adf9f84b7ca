import { uint16, vector16 } from '../../wire/codec.js'
import { ExtensionType } from '../code-points.js'
import { defineExtension } from './extension.js'

const body = vector16(uint16, { min: 2, max: 65534 })

/** RFC 9846 section 4.3.3 */
export const signatureAlgorithms = defineExtension(ExtensionType.signature_algorithms, {
  clientHello: body,
  certificateRequest: body,
})

/** RFC 9846 section 4.3.3: the schemes for signatures in certificates, where they differ. */
export const signatureAlgorithmsCert = defineExtension(ExtensionType.signature_algorithms_cert, {
  clientHello: body,
  certificateRequest: body,
})
