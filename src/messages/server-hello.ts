import { type Bytes, equalBytes, fromHex } from '../wire/bytes.js'
import { fixed, type Infer, opaque8, struct, uint8, uint16 } from '../wire/codec.js'
import { helloExtensions } from './hello-extensions.js'

/** RFC 9846 section 4.2.3; a HelloRetryRequest has the same form (section 4.2.4). */
export const serverHello = struct({
  legacyVersion: uint16,
  random: fixed(32),
  legacySessionIdEcho: opaque8({ max: 32 }),
  cipherSuite: uint16,
  legacyCompressionMethod: uint8,
  extensions: helloExtensions('illegal_parameter'),
})
export type ServerHello = Infer<typeof serverHello>

/** The SHA-256 of "HelloRetryRequest", by which one is told from a ServerHello (section 4.2.3). */
export const helloRetryRequestRandom: Bytes = fromHex(
  'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c',
)

export const isHelloRetryRequest = (hello: ServerHello): boolean => equalBytes(hello.random, helloRetryRequestRandom)

/**
 * The last eight bytes of the random of a server that knows TLS 1.3 and was made to negotiate less (section 4.2.3):
 * "DOWNGRD" and 0x01 for TLS 1.2, 0x00 for what is older.
 */
export function downgradeSentinel(random: Bytes): 'TLS 1.2' | 'TLS 1.1 or older' | undefined {
  const tail = random.subarray(24)
  if (equalBytes(tail, downgradeToTls12)) return 'TLS 1.2'
  if (equalBytes(tail, downgradeToTls11)) return 'TLS 1.1 or older'
  return undefined
}

const downgradeToTls12 = fromHex('444f574e47524401')
const downgradeToTls11 = fromHex('444f574e47524400')
