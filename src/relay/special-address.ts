import ipaddr from 'ipaddr.js'
import type { IpAddress } from './target.js'

/**
 * Whether an address is anything but a public one of a single host: private, loopback, link-local, multicast,
 * unspecified, shared (RFC 6598), documentation, reserved, or IPv6 that carries an IPv4 address (mapped, 6to4,
 * Teredo, NAT64), behind which any of these may hide.
 */
export function isSpecial(address: IpAddress): boolean {
  if (address.range() !== 'unicast') return true
  // RFC 4291 section 2.4: all that IANA gives out as global unicast lies in 2000::/3; ::/96 for one does not
  return address instanceof ipaddr.IPv6 && !address.match(globalUnicast, 3)
}

/** The IPv4 address inside an IPv6 address that carries one, as far as its place is known. */
export function embeddedIpv4(address: IpAddress): ipaddr.IPv4 | undefined {
  if (address instanceof ipaddr.IPv4) return undefined
  const bytes = address.toByteArray()
  switch (address.range()) {
    case '6to4':
      return new ipaddr.IPv4(bytes.slice(2, 6))
    case 'ipv4Mapped':
    case 'rfc6145':
    case 'rfc6052':
      return new ipaddr.IPv4(bytes.slice(12))
    case 'teredo':
      return new ipaddr.IPv4(bytes.slice(12).map((byte) => byte ^ 0xff))
    case 'unicast':
      // RFC 4291 section 2.5.5.1, deprecated: ::a.b.c.d
      return bytes.slice(0, 12).every((byte) => byte === 0) ? new ipaddr.IPv4(bytes.slice(12)) : undefined
    default:
      return undefined
  }
}

const globalUnicast = ipaddr.IPv6.parse('2000::')
