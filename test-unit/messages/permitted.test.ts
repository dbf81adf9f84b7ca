import { describe, expect, it } from 'vitest'
import { ExtensionType, nameOf } from '../../src/messages/code-points.js'
import type { ExtensionCarrier } from '../../src/messages/extensions/extension.js'
import { checkExtensionPlaces, checkResponseExtensions } from '../../src/messages/extensions/permitted.js'
import { noBytes } from '../../src/wire/bytes.js'

const carriers = {
  CH: 'clientHello',
  SH: 'serverHello',
  HRR: 'helloRetryRequest',
  EE: 'encryptedExtensions',
  CR: 'certificateRequest',
  CT: 'certificate',
  NST: 'newSessionTicket',
} as const satisfies Record<string, ExtensionCarrier>

/** RFC 9846 section 4.3, copied from its table once more, with RFC 6066's and RFC 6962's that RFC 8446 still had. */
const table: Readonly<Record<string, string>> = {
  server_name: 'CH EE CR',
  max_fragment_length: 'CH EE',
  status_request: 'CH CR CT',
  supported_groups: 'CH EE',
  signature_algorithms: 'CH CR',
  use_srtp: 'CH EE',
  heartbeat: 'CH EE',
  application_layer_protocol_negotiation: 'CH EE',
  signed_certificate_timestamp: 'CH CR CT',
  client_certificate_type: 'CH EE',
  server_certificate_type: 'CH EE',
  padding: 'CH',
  key_share: 'CH SH HRR',
  pre_shared_key: 'CH SH',
  psk_key_exchange_modes: 'CH',
  early_data: 'CH EE NST',
  cookie: 'CH HRR',
  supported_versions: 'CH SH HRR',
  certificate_authorities: 'CH CR',
  oid_filters: 'CR',
  post_handshake_auth: 'CH',
  signature_algorithms_cert: 'CH CR',
}

const cells = Object.entries(table).flatMap(([name, places]) =>
  Object.entries(carriers).map(([place, carrier]) => [name, carrier, places.split(' ').includes(place)] as const),
)

describe('where extensions may stand (RFC 9846 section 4.3)', () => {
  //= rfc9846#section-4.3 4.3-7
  //= rfc9846#section-4.3.5 4.3.5-1
  //= rfc9846#section-4.3.6 4.3.6-2
  it.each(cells)('%s in %s: %s', (name, carrier, isAllowed) => {
    const extensions = [{ type: ExtensionType[name as keyof typeof ExtensionType], data: noBytes }]
    const check = () => checkExtensionPlaces(extensions, carrier)
    if (isAllowed) expect(check).not.toThrow()
    else expect(check).toThrow(expect.objectContaining({ code: 'illegal_parameter' }))
  })

  it.each(Object.values(carriers))('what is not known is ignored in %s', (carrier) => {
    expect(() => checkExtensionPlaces([{ type: 0xfe00, data: noBytes }], carrier)).not.toThrow()
  })

  it.each(['serverHello', 'helloRetryRequest', 'encryptedExtensions', 'certificate'] as const)(
    'what was not asked for is unsupported_extension in %s',
    (carrier) => {
      for (const type of [ExtensionType.early_data, ExtensionType.server_name, ExtensionType.key_share, 0xfe00]) {
        expect(
          () => checkResponseExtensions([{ type, data: noBytes }], carrier, new Set()),
          nameOf(ExtensionType, type),
        ).toThrow(expect.objectContaining({ code: 'unsupported_extension' }))
      }
    },
  )

  //= rfc9846#section-4.3 4.3-5 4.3-6
  it('a cookie needs no request in a HelloRetryRequest, and elsewhere does', () => {
    const extensions = [{ type: ExtensionType.cookie, data: noBytes }]
    expect(() => checkResponseExtensions(extensions, 'helloRetryRequest', new Set())).not.toThrow()
    expect(() => checkResponseExtensions(extensions, 'serverHello', new Set())).toThrow(
      expect.objectContaining({ code: 'unsupported_extension' }),
    )
  })

  it('what was asked for and stands in the wrong answer is illegal_parameter', () => {
    const extensions = [{ type: ExtensionType.key_share, data: noBytes }]
    expect(() =>
      checkResponseExtensions(extensions, 'encryptedExtensions', new Set([ExtensionType.key_share])),
    ).toThrow(expect.objectContaining({ code: 'illegal_parameter' }))
  })
})
