import { type Infer, opaque8, struct } from '../wire/codec.js'
import { extensionBlock } from './extensions/extension.js'

/** RFC 9846 section 4.4.2 */
export const certificateRequest = struct({ certificateRequestContext: opaque8(), extensions: extensionBlock() })
export type CertificateRequest = Infer<typeof certificateRequest>
