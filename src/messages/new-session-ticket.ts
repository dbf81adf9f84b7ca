import { type Infer, opaque8, opaque16, struct, uint32 } from '../wire/codec.js'
import { extensionBlock } from './extensions/extension.js'

/** RFC 9846 section 4.7.1 */
export const newSessionTicket = struct({
  ticketLifetime: uint32,
  ticketAgeAdd: uint32,
  ticketNonce: opaque8(),
  ticket: opaque16({ min: 1 }),
  extensions: extensionBlock('illegal_parameter'),
})
export type NewSessionTicket = Infer<typeof newSessionTicket>
