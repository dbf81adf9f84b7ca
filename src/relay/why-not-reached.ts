import ipaddr from 'ipaddr.js'
import { embeddedIpv4, isSpecial } from './special-address.js'
import type { IpAddress, Target } from './target.js'

/** For the operator: why a target is not reached whose name is permitted, and which patterns would permit it. */
export function whyNotReached({ host, port, address }: Target, addresses: readonly IpAddress[]): string {
  const shown = addresses.slice(0, mostShown)
  const found = shown.map((each) => `${each}, ${kindOf(each)}`).join('; ')
  const permits = address === undefined ? 'which a name does not permit' : 'which * does not permit'
  const patterns = new Set(shown.flatMap(openers).map((each) => `${inBrackets(each)}:${port}`))
  const subject = address === undefined ? `${host} leads to ${found}` : found.replace(', ', ' is ')
  return `${subject}, ${permits}: list ${[...patterns].join(', ')}`
}

/** A resolver may give any number. */
const mostShown = 4

/** An IPv4 address inside an IPv6 one is judged as well. */
function openers(address: IpAddress): readonly IpAddress[] {
  const inner = embeddedIpv4(address)
  return inner !== undefined && isSpecial(inner) ? [address, inner] : [address]
}

const inBrackets = (address: IpAddress) => (address instanceof ipaddr.IPv6 ? `[${address}]` : `${address}`)

function kindOf(address: IpAddress): string {
  const kind = kinds[address.range()]
  if (kind !== undefined) return kind
  return embeddedIpv4(address) === undefined ? 'which is not public' : 'which carries an IPv4 address'
}

const kinds: Readonly<Record<string, string>> = {
  loopback: 'a loopback address',
  private: 'a private address',
  uniqueLocal: 'a private address',
  linkLocal: 'a link-local address',
  carrierGradeNat: 'a shared address',
  multicast: 'a multicast address',
  unspecified: 'the unspecified address',
}
