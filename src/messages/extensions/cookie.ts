import { opaque16 } from '../../wire/codec.js'
import { ExtensionType } from '../code-points.js'
import { defineExtension } from './extension.js'

const body = opaque16({ min: 1 })

/** RFC 9846 section 4.3.2 */
export const cookie = defineExtension(ExtensionType.cookie, { clientHello: body, helloRetryRequest: body })
