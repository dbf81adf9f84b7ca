import type { CipherSuiteParameters } from '../../crypto/cipher-suites.js'
import { digest } from '../../crypto/hash.js'
import { TlsError } from '../../errors/tls-error.js'
import type { Bytes } from '../../wire/bytes.js'
import { decode, encode, opaque8, struct, uint16 } from '../../wire/codec.js'
import type { OfferedHello } from './offered-hello.js'
import type { ServerParameters } from './server-parameters.js'

/** What a server must know again of a first ClientHello: RFC 9846 section 4.3.2. */
const cookieState = struct({
  cipherSuite: uint16,
  /** That a share was asked for; 0 for none. */
  group: uint16,
  clientHelloHash: opaque8({ min: 32, max: 48 }),
})

export interface HelloCookie {
  readonly cipherSuite: number
  readonly group: number
  readonly clientHelloHash: Bytes
}

/** @throws TlsError `internal` when no key may seal at the moment */
export async function makeCookie(
  { provider, cookies }: ServerParameters,
  hello: OfferedHello,
  suite: CipherSuiteParameters,
  group: number | undefined,
): Promise<Bytes | undefined> {
  if (!cookies) return undefined
  const clientHelloHash = await digest(provider, suite.hash, hello.bytes)
  const state = { cipherSuite: suite.codePoint, group: group ?? 0, clientHelloHash }
  const cookie = await cookies.seal(encode(cookieState, state))
  if (!cookie) throw new TlsError('internal', 'no cookie key is in use at this time')
  return cookie
}

/** @throws TlsError `illegal_parameter` for a cookie that was not made here, or not lately */
export async function openCookie({ cookies }: ServerParameters, cookie: Bytes): Promise<HelloCookie> {
  const opened = await cookies?.open(cookie)
  if (!opened)
    throw new TlsError('illegal_parameter', 'client_hello: the cookie was not made by this server, or long ago')
  return decode(cookieState, opened, 'cookie')
}
