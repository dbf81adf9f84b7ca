import { type Infer, opaque8, opaque24, struct, vector24 } from '../wire/codec.js'
import { extensionBlock } from './extensions/extension.js'

export const certificateEntry = struct({ certificateData: opaque24({ min: 1 }), extensions: extensionBlock() })
export type CertificateEntry = Infer<typeof certificateEntry>

/** RFC 9846 section 4.5.1 */
export const certificate = struct({
  certificateRequestContext: opaque8(),
  certificateList: vector24(certificateEntry),
})
export type CertificateMessage = Infer<typeof certificate>
