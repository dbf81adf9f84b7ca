import { checked, opaque8, vector16 } from '../../wire/codec.js'
import { ExtensionType } from '../code-points.js'
import { defineExtension } from './extension.js'

const protocolNameList = vector16(opaque8({ min: 1 }), { min: 2 })

/** RFC 7301 section 3.1 */
export const applicationLayerProtocolNegotiation = defineExtension(
  ExtensionType.application_layer_protocol_negotiation,
  {
    clientHello: protocolNameList,
    encryptedExtensions: checked(protocolNameList, (names) =>
      names.length === 1 ? undefined : `${names.length} protocols, where exactly one must stand`,
    ),
  },
)
