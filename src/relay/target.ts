import ipaddr from 'ipaddr.js'
import { RelayError } from '../transports/relay-error.js'

export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6

/** Where a client wants to go, checked and in one spelling: a lower-case name, or an address. */
export interface Target {
  readonly host: string
  readonly port: number
  readonly address: IpAddress | undefined
}

/**
 * The path of the request as `<basePath><host>:<port>`, strictly: no escapes, no query, no user, no zone. Whatever a
 * resolver or a URL parser could read as an address in another spelling (`0x7f.1`, `2130706433`, `0177.0.0.1`) is
 * refused, so that what was checked is what is meant.
 */
export function parseTarget(requestUrl: string, basePath: string): Target {
  if (!requestUrl.startsWith(basePath)) throw new RelayError('bad_target', `the path does not begin with ${basePath}`)
  const match = /^(\[[^\]]*\]|[^:[\]]*):([0-9]{1,5})$/.exec(requestUrl.slice(basePath.length))
  if (match === null) throw new RelayError('bad_target', 'the path is not <host>:<port>, or [<IPv6 address>]:<port>')
  const [, host = '', portText = ''] = match
  const port = Number(portText)
  if (port < 1 || port > 65535 || portText.startsWith('0')) throw new RelayError('bad_target', `no port: ${portText}`)
  return { ...(host.startsWith('[') ? parseIpv6(host.slice(1, -1)) : parseHost(host)), port }
}

export function parseIpv6(text: string): { readonly host: string; readonly address: IpAddress } {
  if (!/^[0-9a-fA-F:.]+$/.test(text) || !ipaddr.IPv6.isValid(text)) {
    throw new RelayError('bad_target', 'not an IPv6 address in brackets')
  }
  const address = ipaddr.IPv6.parse(text)
  return { host: address.toString(), address }
}

export function parseHost(host: string): { readonly host: string; readonly address: IpAddress | undefined } {
  const name = host.toLowerCase()
  const labels = name.split('.')
  // WHATWG URL, "ends in a number": such a host is an IPv4 address or nothing
  if (/^(?:[0-9]+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '')) {
    if (!ipaddr.IPv4.isValidFourPartDecimal(name)) {
      throw new RelayError('bad_target', 'an IPv4 address is four decimal numbers with dots')
    }
    return { host: name, address: ipaddr.IPv4.parse(name) }
  }
  if (name.length > 253 || !labels.every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))) {
    throw new RelayError('bad_target', 'not a host name: letters, digits and hyphens in labels of 1 to 63')
  }
  return { host: name, address: undefined }
}
