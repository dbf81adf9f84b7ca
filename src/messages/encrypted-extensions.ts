import { type Infer, struct } from '../wire/codec.js'
import { extensionBlock } from './extensions/extension.js'

/** RFC 9846 section 4.4.1 */
export const encryptedExtensions = struct({ extensions: extensionBlock() })
export type EncryptedExtensions = Infer<typeof encryptedExtensions>
