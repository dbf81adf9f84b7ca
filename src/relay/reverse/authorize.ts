import { createHash, timingSafeEqual } from 'node:crypto'
import { TlsError } from '../../errors/tls-error.js'
import { RelayError } from '../../transports/relay-error.js'
import { type RegistrationRequest, type ReverseOptions, servedName } from './reverse-options.js'

interface Permit {
  readonly covers: (name: string) => boolean
  readonly digest: Buffer
}

export type Authorize = (request: RegistrationRequest) => Promise<void>

/** Whether a page may serve a name; rejects with `unauthorized`, whatever of the two is wrong. */
export function authorizer({ names = {}, authorize }: ReverseOptions): Authorize {
  const permits = Object.entries(names).flatMap(([pattern, tokens]) => permitsOf(pattern, [tokens].flat()))
  return async (request) => {
    const digest = sha256(request.token)
    // every token is compared, also those of other names, and digests of equal length: time tells nothing
    const matches = permits.map((permit) => timingSafeEqual(permit.digest, digest) && permit.covers(request.name))
    if (matches.includes(true)) return
    if (authorize !== undefined && (await authorize(request)) === true) return
    throw new RelayError('unauthorized', 'the token does not open this name')
  }
}

function permitsOf(pattern: string, tokens: readonly string[]): readonly Permit[] {
  const parent = pattern.startsWith('*.') ? servedName(pattern.slice(2)) : undefined
  const name = pattern.startsWith('*.') ? undefined : servedName(pattern)
  if (parent === undefined && name === undefined) {
    throw new TlsError('invalid_argument', `reverse.names: "${pattern}" is no name, nor *. and a name`)
  }
  const covers = (asked: string) =>
    name === undefined ? asked.slice(asked.indexOf('.') + 1) === parent && asked.includes('.') : asked === name
  return tokens.map((token) => {
    if (typeof token !== 'string' || token === '') {
      throw new TlsError('invalid_argument', `reverse.names: the token of "${pattern}" is empty`)
    }
    return { covers, digest: sha256(token) }
  })
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
