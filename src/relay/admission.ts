import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import ipaddr from 'ipaddr.js'
import { RelayError } from '../transports/relay-error.js'
import { framedSubprotocol, plainSubprotocol, tokenSubprotocolPrefix } from '../transports/relay-frames.js'
import { reverseSubprotocol } from '../transports/reverse-frames.js'
import type { RelayLimits, RelayOptions } from './options.js'

/** Which of the offered subprotocols is spoken; none offered is a plain client of the wsproxy kind. */
export function chooseSubprotocol(offered: readonly string[]): string | undefined {
  return [reverseSubprotocol, framedSubprotocol, plainSubprotocol].find((name) => offered.includes(name))
}

export function offeredSubprotocols(request: IncomingMessage): readonly string[] {
  return (request.headers['sec-websocket-protocol'] ?? '').split(',').map((entry) => entry.trim())
}

/**
 * Whether this page, or program, may use the relay at all. Throws the RelayError that says why not.
 * @param hasToken whether another check than the origin's is made
 */
export function checkOrigin(request: IncomingMessage, options: RelayOptions, hasToken: boolean): void {
  const { origins = [] } = options
  const { origin } = request.headers
  if (origin === undefined) {
    if (!(options.allowMissingOrigin ?? hasToken)) {
      throw new RelayError('forbidden_origin', 'this relay serves pages only: the request has no Origin')
    }
  } else if (!(typeof origins === 'function' ? origins(origin) : origins.includes('*') || origins.includes(origin))) {
    throw new RelayError('forbidden_origin', `this relay does not serve pages of ${origin.slice(0, 100)}`)
  }
}

/**
 * Whether the request has one of the relay's tokens. Throws the RelayError that says why not.
 * @param inPath a token that stands in the path, where the protocol has it there
 */
export function checkToken(request: IncomingMessage, tokens: readonly string[], inPath?: string): void {
  if (tokens.length === 0) return
  const offered = inPath ?? bearerToken(request)
  if (offered === undefined) throw new RelayError('unauthorized', 'this relay asks for a token')
  // every token is compared, and digests of equal length, so that time tells nothing
  const matches = tokens.map((token) => timingSafeEqual(digest(token), digest(offered)))
  if (!matches.includes(true)) throw new RelayError('unauthorized', 'the token is not one of this relay')
}

export function bearerToken(request: IncomingMessage): string | undefined {
  const header = /^Bearer +([^ ]+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (header !== undefined) return header
  const entry = offeredSubprotocols(request).find((name) => name.startsWith(tokenSubprotocolPrefix))
  return entry && Buffer.from(entry.slice(tokenSubprotocolPrefix.length), 'base64url').toString()
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** The address that a client is counted and logged by. */
export function clientAddress(request: IncomingMessage, trustProxy: boolean): string {
  const direct = request.socket.remoteAddress ?? 'unknown'
  if (!trustProxy) return direct
  // the last entry is the one that our own proxy wrote; those before it anyone could
  const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',').at(-1)?.trim() ?? ''
  return ipaddr.isValid(forwarded) ? forwarded : direct
}

/** Places for connections, in all and for each client. */
export class Places {
  readonly #limits: Pick<RelayLimits, 'connections' | 'connectionsPerClient'>
  readonly #byClient = new Map<string, number>()
  #taken = 0

  constructor(limits: Pick<RelayLimits, 'connections' | 'connectionsPerClient'>) {
    this.#limits = limits
  }

  /** Takes a place; returns how to give it back. */
  take(client: string): () => void {
    const key = clientKey(client)
    const ofClient = this.#byClient.get(key) ?? 0
    if (this.#taken >= this.#limits.connections) throw new RelayError('limit', 'this relay has no place left')
    if (ofClient >= this.#limits.connectionsPerClient) {
      throw new RelayError('limit', `this relay takes ${this.#limits.connectionsPerClient} connections of one client`)
    }
    this.#taken += 1
    this.#byClient.set(key, ofClient + 1)
    let isGivenBack = false
    return () => {
      if (isGivenBack) return
      isGivenBack = true
      this.#taken -= 1
      const left = (this.#byClient.get(key) ?? 1) - 1
      if (left === 0) this.#byClient.delete(key)
      else this.#byClient.set(key, left)
    }
  }
}

/** One IPv6 client has a whole /64 to call from. */
function clientKey(client: string): string {
  if (!ipaddr.isValid(client)) return client
  const address = ipaddr.process(client)
  return address instanceof ipaddr.IPv6 ? address.parts.slice(0, 4).join(':') : address.toString()
}
