import { type Infer, struct, uint8 } from '../wire/codec.js'

export const AlertLevel = { warning: 1, fatal: 2 } as const

/** RFC 9846 section 6 */
export const alert = struct({ level: uint8, description: uint8 })
export type Alert = Infer<typeof alert>
