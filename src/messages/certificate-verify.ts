import { type Infer, opaque16, struct, uint16 } from '../wire/codec.js'

/** RFC 9846 section 4.5.2 */
export const certificateVerify = struct({ algorithm: uint16, signature: opaque16() })
export type CertificateVerify = Infer<typeof certificateVerify>
