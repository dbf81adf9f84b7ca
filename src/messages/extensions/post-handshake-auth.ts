import { empty } from '../../wire/codec.js'
import { ExtensionType } from '../code-points.js'
import { defineExtension } from './extension.js'

/** RFC 9846 section 4.3.6 */
export const postHandshakeAuth = defineExtension(ExtensionType.post_handshake_auth, { clientHello: empty })
