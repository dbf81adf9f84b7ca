import { type Infer, remainder, struct } from '../wire/codec.js'

/** RFC 9846 section 4.5.3. The length is the hash's, which the reader of the message knows; 64 is the longest. */
export const finished = struct({ verifyData: remainder(64) })
export type Finished = Infer<typeof finished>
