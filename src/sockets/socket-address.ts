import { parseReferenceIdentity } from '../certificates/names/reference-identity.js'
import { asciiHost } from '../transports/relay-url.js'
import type { AnySocketAddress } from './socket.js'
import { invalidArgument } from './socket-error.js'

/** Checked, and in one spelling: a name in A-label form, or an address without brackets. */
export interface ParsedAddress {
  readonly hostname: string
  readonly port: number
  /** `host:port`, an IPv6 address in brackets. */
  readonly text: string
}

/** Section "AnySocketAddress type". @throws SocketError `invalid_argument` */
export function parseSocketAddress(address: AnySocketAddress): ParsedAddress {
  const given = typeof address === 'string' ? splitAddress(address) : readDictionary(address)
  const hostname = checkHost(given.host)
  const port = checkPort(given.port)
  return { hostname, port, text: hostPort(hostname, port) }
}

export const hostPort = (host: string, port: number): string =>
  `${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`

function splitAddress(text: string): { host: string; port: unknown } {
  const match = /^(\[[^[\]]*\]|[^:[\]]*):([0-9]+)$/.exec(text)
  if (match) return { host: match[1] ?? '', port: match[2] }
  throw invalidArgument(`the address ${quote(text)} is not host:port; an IPv6 address stands in brackets`)
}

function readDictionary(address: unknown): { host: string; port: unknown } {
  const { hostname, port } = (address ?? {}) as { hostname?: unknown; port?: unknown }
  if (typeof hostname !== 'string') throw invalidArgument('the address is host:port, or { hostname, port }')
  return { host: hostname, port }
}

function checkHost(host: string): string {
  try {
    const bare = host.replace(/^\[(.*:.*)\]$/, '$1')
    const name = bare.includes(':') ? bare : asciiHost(bare)
    // what is neither name nor address could mean something to whoever resolves it
    parseReferenceIdentity(name)
    return name
  } catch (cause) {
    throw invalidArgument(`the host ${quote(host)} is no name and no IP address`, cause)
  }
}

/** Digits as well: they come from environments and URLs. No wrapping around at 65536, which would be another port. */
function checkPort(port: unknown): number {
  const number = typeof port === 'string' && /^[0-9]{1,5}$/.test(port) ? Number(port) : port
  if (typeof number === 'number' && Number.isInteger(number) && number >= 1 && number <= 65535) return number
  throw invalidArgument(`a port is 1 to 65535, not ${typeof port === 'number' ? port : quote(String(port))}`)
}

const quote = (text: string): string => JSON.stringify(text.slice(0, 300))
