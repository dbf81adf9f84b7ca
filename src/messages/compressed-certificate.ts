import { type Infer, opaque24, struct, uint16, uint24 } from '../wire/codec.js'

/** RFC 8879 section 4 */
export const compressedCertificate = struct({
  algorithm: uint16,
  uncompressedLength: uint24,
  compressedCertificateMessage: opaque24({ min: 1 }),
})
export type CompressedCertificate = Infer<typeof compressedCertificate>
