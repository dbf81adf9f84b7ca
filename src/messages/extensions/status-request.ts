import { checked, decode, type Infer, opaque16, opaque24, struct, uint8 } from '../../wire/codec.js'
import { ExtensionType } from '../code-points.js'
import { defineExtension, type Extension } from './extension.js'

const ocsp = 1
const isOcsp = (type: number) => (type === ocsp ? undefined : `status type ${type}, where only ocsp (1) is defined`)

/** RFC 6066 section 8, RFC 9846 section 4.5.1.1 */
const statusRequestBody = struct({
  statusType: checked(uint8, isOcsp),
  responderIdList: opaque16(),
  requestExtensions: opaque16(),
})
export type StatusRequest = Infer<typeof statusRequestBody>

export const certificateStatus = struct({ statusType: checked(uint8, isOcsp), response: opaque24({ min: 1 }) })

export const statusRequest = defineExtension(ExtensionType.status_request, {
  clientHello: statusRequestBody,
  certificate: certificateStatus,
})

/**
 * Whether a ClientHello or a CertificateRequest asks for a stapled OCSP response. A request of another type is one
 * that nobody here can read, and asks for nothing. Its form is judged by `checkStatusRequest` where it arrives.
 */
export function asksForOcsp(extensions: readonly Extension[]): boolean {
  const found = extensions.find(({ type }) => type === statusRequest.type)
  return found !== undefined && (found.data.length === 0 || found.data[0] === ocsp)
}

/**
 * A server asks by an empty extension (RFC 9846 section 4.5.1.1), a client by one with a body. Servers that send that
 * body as well are understood.
 * @throws TlsError `decode_error`
 */
export function checkStatusRequest(extensions: readonly Extension[], asker: 'client' | 'server'): void {
  const found = extensions.find(({ type }) => type === statusRequest.type)
  if (!found || (asker === 'server' && found.data.length === 0)) return
  if (found.data.length > 0 && found.data[0] !== ocsp) return
  decode(statusRequestBody, found.data, 'extension status_request')
}
