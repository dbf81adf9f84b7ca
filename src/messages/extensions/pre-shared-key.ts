import { type Infer, opaque8, opaque16, struct, uint16, uint32, vector16 } from '../../wire/codec.js'
import { ExtensionType } from '../code-points.js'
import { defineExtension } from './extension.js'

export const pskIdentity = struct({ identity: opaque16({ min: 1 }), obfuscatedTicketAge: uint32 })
export type PskIdentity = Infer<typeof pskIdentity>

/** RFC 9846 section 4.3.11. The binders come last, so that what they sign can be cut off in front of them. */
export const offeredPsks = struct({
  identities: vector16(pskIdentity, { min: 7 }),
  binders: vector16(opaque8({ min: 32 }), { min: 33 }),
})
export type OfferedPsks = Infer<typeof offeredPsks>

export const preSharedKey = defineExtension(ExtensionType.pre_shared_key, {
  clientHello: offeredPsks,
  serverHello: uint16,
})
