import { type Infer, struct } from '../wire/codec.js'

/** RFC 9846 section 4.6 */
export const endOfEarlyData = struct({})
export type EndOfEarlyData = Infer<typeof endOfEarlyData>
