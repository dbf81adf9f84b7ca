import { TlsError } from '../../errors/tls-error.js'
import type { EncryptedExtensions } from '../../messages/encrypted-extensions.js'
import { applicationLayerProtocolNegotiation } from '../../messages/extensions/application-layer-protocol-negotiation.js'
import { earlyData } from '../../messages/extensions/early-data.js'
import { readExtension } from '../../messages/extensions/extension.js'
import { checkResponseExtensions } from '../../messages/extensions/permitted.js'
import { serverName } from '../../messages/extensions/server-name.js'
import { supportedGroups } from '../../messages/extensions/supported-groups.js'
import { equalBytes } from '../../wire/bytes.js'
import { type RecordLimits, readRecordLimits } from '../record-limits.js'
import type { SentOffer } from './client-offer.js'

/** What the server says in EncryptedExtensions. */
export interface ServerExtensions {
  readonly alpnProtocol: string | undefined
  readonly acceptsEarlyData: boolean
  readonly recordLimits: RecordLimits
}

/** RFC 9846 section 4.4.1 */
export function readEncryptedExtensions({ extensions }: EncryptedExtensions, offer: SentOffer): ServerExtensions {
  //= rfc9846#section-4.4.1 4.4.1-2 4.4.1-3
  checkResponseExtensions(extensions, 'encryptedExtensions', offer.offeredExtensions)
  // parsed for their form alone: the acknowledgement of the name, and the server's groups for another time
  readExtension(extensions, serverName, serverName.encryptedExtensions)
  //= rfc9846#section-4.3.7 4.3.7-3
  readExtension(extensions, supportedGroups, supportedGroups.encryptedExtensions)
  const alpn = readExtension(
    extensions,
    applicationLayerProtocolNegotiation,
    applicationLayerProtocolNegotiation.encryptedExtensions,
  )
  const acceptsEarlyData = readExtension(extensions, earlyData, earlyData.encryptedExtensions) !== undefined
  const recordLimits = readRecordLimits(extensions, 'encryptedExtensions')
  const [chosen] = alpn ?? []
  if (!chosen) return { alpnProtocol: undefined, acceptsEarlyData, recordLimits }
  const name = new TextDecoder().decode(chosen)
  // RFC 7301 section 3.2: the server selects one of those that were offered
  if (!offer.parameters.alpnProtocols.some((offered) => equalBytes(offered, chosen))) {
    throw new TlsError(
      'illegal_parameter',
      `the server chose the application protocol ${JSON.stringify(name)}, which was not offered`,
    )
  }
  return { alpnProtocol: name, acceptsEarlyData, recordLimits }
}
