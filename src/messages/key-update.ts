import { type Infer, struct, uint8 } from '../wire/codec.js'

/** RFC 9846 section 4.7.3. The value is judged by the receiver, since a wrong one is illegal_parameter. */
export const keyUpdate = struct({ requestUpdate: uint8 })
export type KeyUpdate = Infer<typeof keyUpdate>
