import { empty, uint32 } from '../../wire/codec.js'
import { ExtensionType } from '../code-points.js'
import { defineExtension } from './extension.js'

/** RFC 9846 section 4.3.10; in a ticket: max_early_data_size in bytes. */
export const earlyData = defineExtension(ExtensionType.early_data, {
  clientHello: empty,
  encryptedExtensions: empty,
  newSessionTicket: uint32,
})
