import { parseReferenceIdentity } from '../certificates/names/reference-identity.js'
import { alpnBytes } from '../connection/alpn.js'
import type { SecureTransportKind, SocketOptions, StartTlsOptions } from './socket.js'
import { invalidArgument } from './socket-error.js'

export interface CheckedOptions {
  readonly secureTransport: SecureTransportKind
  readonly allowHalfOpen: boolean
  readonly sni: string | undefined
  readonly alpn: readonly string[]
}

/** Section "SocketOptions dictionary". @throws SocketError `invalid_argument` */
export function checkSocketOptions(given: SocketOptions | null | undefined): CheckedOptions {
  const options = given ?? {}
  if (typeof options !== 'object') throw invalidArgument('the options are an object')
  const { secureTransport = 'off', allowHalfOpen = false, sni, alpn } = options
  if (!kinds.includes(secureTransport)) {
    throw invalidArgument(`secureTransport is "off", "on" or "starttls", not ${JSON.stringify(secureTransport)}`)
  }
  const checked = {
    secureTransport,
    allowHalfOpen: Boolean(allowHalfOpen),
    sni: checkSni(sni),
    alpn: checkAlpn(alpn ?? []),
  }
  // "May be specified if and only if secureTransport is `on` or `starttls`"
  if (secureTransport === 'off' && (checked.sni !== undefined || checked.alpn.length > 0)) {
    throw invalidArgument('sni and alpn are for TLS: secureTransport must be "on" or "starttls"')
  }
  return checked
}

/** @returns the name, if one was given. @throws SocketError `invalid_argument` */
export function checkStartTlsOptions(options: StartTlsOptions | null | undefined): string | undefined {
  const name: unknown = options?.expectedServerHostname
  if (name === undefined) return undefined
  if (typeof name !== 'string') throw invalidArgument('expectedServerHostname is a text')
  kindOfName('expectedServerHostname', name)
  return name
}

function checkSni(sni: unknown): string | undefined {
  if (sni === undefined || sni === null) return undefined
  if (typeof sni !== 'string') throw invalidArgument('sni is a text')
  if (kindOfName('sni', sni) === 'ip') {
    throw invalidArgument(`sni is a DNS name: an address such as ${sni} is never sent (RFC 6066 section 3)`)
  }
  return sni
}

function checkAlpn(alpn: unknown): readonly string[] {
  if (!Array.isArray(alpn)) throw invalidArgument('alpn is an array of texts')
  return alpn.map((protocol: unknown) => {
    if (typeof protocol !== 'string') throw invalidArgument('alpn is an array of texts')
    return asArgument(() => {
      alpnBytes(protocol)
      return protocol
    })
  })
}

const kindOfName = (option: string, name: string) => {
  try {
    return parseReferenceIdentity(name).kind
  } catch (cause) {
    throw invalidArgument(`${option} ${JSON.stringify(name)} is no name in A-label form and no IP address`, cause)
  }
}

function asArgument<T>(check: () => T): T {
  try {
    return check()
  } catch (cause) {
    throw invalidArgument(cause instanceof Error ? cause.message : String(cause), cause)
  }
}

const kinds: readonly unknown[] = ['off', 'on', 'starttls'] satisfies readonly SecureTransportKind[]
