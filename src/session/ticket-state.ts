import { CipherSuite } from '../messages/code-points.js'
import type { Bytes } from '../wire/bytes.js'
import {
  type Codec,
  checked,
  decode,
  encode,
  type Infer,
  opaque8,
  opaque16,
  opaque24,
  struct,
  uint8,
  uint16,
  uint32,
  vector24,
} from '../wire/codec.js'

const formatVersion = 2

/** Milliseconds since 1970 in two halves. */
const time: Codec<number> = checked(
  {
    read: (reader) => reader.uint(4) * 2 ** 32 + reader.uint(4),
    write(writer, value) {
      writer.uint(4, Math.floor(value / 2 ** 32))
      writer.uint(4, Math.floor(value) % 2 ** 32)
    },
  },
  // beyond it two times would be one number
  (value) => (Number.isSafeInteger(value) ? undefined : `the time ${value}`),
)

/** What a server puts into a ticket, so that it need keep nothing itself. */
const ticketState = struct({
  version: checked(uint8, (version) => (version === formatVersion ? undefined : `version ${version}`)),
  cipherSuite: checked(uint16, (suite) =>
    (Object.values(CipherSuite) as number[]).includes(suite) ? undefined : `cipher suite ${suite}`,
  ),
  secret: opaque8({ min: 32, max: 48 }),
  issuedAt: time,
  /** When the client was proved by more than a ticket: handed on from session to session. */
  authenticatedAt: time,
  ticketAgeAdd: uint32,
  lifetimeSeconds: uint32,
  maxEarlyDataSize: uint32,
  /** Empty when there was none. */
  alpnProtocol: opaque8(),
  serverName: opaque16(),
  /** Of the client, leaf first: what its path was made of. */
  peerCertificates: vector24(opaque24({ min: 1 })),
})

export type TicketState = Omit<Infer<typeof ticketState>, 'version'>

export const encodeTicketState = (state: TicketState): Bytes =>
  encode(ticketState, { version: formatVersion, ...state })

/** `undefined` for a state of another format: after an update of the library, old tickets are just not known. */
export function decodeTicketState(bytes: Bytes): TicketState | undefined {
  try {
    return decode(ticketState, bytes, 'ticket')
  } catch {
    return undefined
  }
}
