import { opaque8, opaque16, struct, vector16 } from '../../wire/codec.js'
import { ExtensionType } from '../code-points.js'
import { defineExtension } from './extension.js'

/** RFC 9846 section 4.3.5 */
export const oidFilters = defineExtension(ExtensionType.oid_filters, {
  certificateRequest: vector16(struct({ certificateExtensionOid: opaque8({ min: 1 }), values: opaque16() })),
})
