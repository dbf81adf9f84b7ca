import ipaddr from 'ipaddr.js'
import { TlsError } from '../errors/tls-error.js'
import { embeddedIpv4, isSpecial } from './special-address.js'
import { type IpAddress, parseHost } from './target.js'

/** The targets that a relay may reach, from patterns such as `db.example.com:5432`, `*.example.com:443`, `10.0.0.0/8:1-1023`. */
export interface AllowList {
  /** By name alone: any public address that it resolves to will do. */
  allowsName(name: string, port: number): boolean
  /** Whether some address could be allowed on this port; if none, a name that is not allowed need not be resolved. */
  hasAddressesFor(port: number): boolean
  /** `isNameAllowed`: the client asked for a name that `allowsName`, or for this address itself where `*` allows it. */
  allowsAddress(address: IpAddress, port: number, isNameAllowed: boolean): boolean
}

export function allowList(patterns: readonly string[]): AllowList {
  const rules = patterns.map(parseRule)
  const onPort = (port: number) => rules.filter((rule) => port >= rule.firstPort && port <= rule.lastPort)

  const coveredBy = (address: IpAddress, port: number) =>
    onPort(port).filter((rule) => rule.kind === 'network' && matches(address, rule.network, rule.prefix))

  const allowsOne = (address: IpAddress, port: number, isNameAllowed: boolean): boolean => {
    const covering = coveredBy(address, port)
    // 0.0.0.0/0 covers 10.0.0.1 but does not mean it: only a network that is itself special opens special addresses
    return isSpecial(address)
      ? covering.some((rule) => rule.kind === 'network' && rule.isSpecial)
      : isNameAllowed || covering.length > 0
  }

  return {
    allowsName: (name, port) =>
      onPort(port).some(
        (rule) =>
          rule.kind === 'any' ||
          (rule.kind === 'name' && rule.name === name) ||
          (rule.kind === 'below' && name.endsWith(rule.suffix) && name.length > rule.suffix.length),
      ),
    hasAddressesFor: (port) => onPort(port).some((rule) => rule.kind === 'network'),
    allowsAddress: (address, port, isNameAllowed) => {
      const inner = embeddedIpv4(address)
      if (inner !== undefined && isSpecial(inner) && !allowsOne(inner, port, false)) return false
      return allowsOne(address, port, isNameAllowed)
    },
  }
}

/**
 * Of the patterns, those of names that as a rule have no public address (RFC 6761 section 6.3, RFC 6762, ICANN's
 * `internal`), where no address that is not public is permitted on one of their ports: they permit nothing.
 */
export function namesWithoutAddress(patterns: readonly string[]): readonly string[] {
  const rules = patterns.map(parseRule)
  const opening = rules.filter((rule) => rule.kind === 'network' && rule.isSpecial)
  return patterns.filter((_, index) => {
    const rule = rules[index]
    if (rule?.kind !== 'name' && rule?.kind !== 'below') return false
    const name = rule.kind === 'name' ? rule.name : rule.suffix
    if (!/(?:^|\.)(?:localhost|local|internal)$/.test(name)) return false
    return !opening.some(({ firstPort, lastPort }) => firstPort <= rule.lastPort && lastPort >= rule.firstPort)
  })
}

type Rule = { readonly firstPort: number; readonly lastPort: number } & (
  | { readonly kind: 'any' }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'below'; readonly suffix: string }
  | { readonly kind: 'network'; readonly network: IpAddress; readonly prefix: number; readonly isSpecial: boolean }
)

function parseRule(pattern: string): Rule {
  const match = /^(\[[^\]]+\](?:\/[0-9]+)?|[^:[\]]+):(\*|[0-9]+(?:-[0-9]+)?)$/.exec(pattern)
  if (match === null) throw wrong(pattern, 'a pattern is <host>:<port>, IPv6 in brackets as in [2001:db8::]/32:443')
  const [, host = '', portText = ''] = match
  const ports = parsePorts(pattern, portText)
  if (host === '*') return { kind: 'any', ...ports }
  if (host.startsWith('*.')) return { kind: 'below', suffix: `.${nameOf(pattern, host.slice(2))}`, ...ports }
  const network = parseNetwork(pattern, host)
  return network === undefined
    ? { kind: 'name', name: nameOf(pattern, host), ...ports }
    : { kind: 'network', ...network, ...ports }
}

function parsePorts(pattern: string, text: string): { firstPort: number; lastPort: number } {
  if (text === '*') return { firstPort: 1, lastPort: 65535 }
  const [firstPort = 0, lastPort = firstPort] = text.split('-').map(Number)
  if (firstPort < 1 || lastPort > 65535 || firstPort > lastPort) throw wrong(pattern, 'ports are 1 to 65535')
  return { firstPort, lastPort }
}

function nameOf(pattern: string, host: string): string {
  try {
    const parsed = parseHost(host)
    if (parsed.address === undefined) return parsed.host
  } catch (cause) {
    throw wrong(pattern, cause instanceof Error ? cause.message : 'not a host name')
  }
  throw wrong(pattern, 'an address cannot follow *.')
}

function parseNetwork(pattern: string, host: string) {
  const [addressText = '', prefixText] = host.replace(/[[\]]/g, '').split('/')
  const isAddress =
    ipaddr.IPv4.isValidFourPartDecimal(addressText) || (host.startsWith('[') && ipaddr.IPv6.isValid(addressText))
  if (!isAddress) {
    if (prefixText === undefined && !host.startsWith('[')) return undefined
    throw wrong(pattern, 'not an address')
  }
  const network: IpAddress = ipaddr.parse(addressText)
  const bits = network.toByteArray().length * 8
  const prefix = prefixText === undefined ? bits : Number(prefixText)
  if (prefix > bits) throw wrong(pattern, `a prefix is at most ${bits}`)
  const last = lastAddress(network, prefix)
  if (firstAddress(network, prefix).toString() !== network.toString()) {
    throw wrong(pattern, `the network of this prefix begins at ${firstAddress(network, prefix)}`)
  }
  return { network, prefix, isSpecial: isSpecial(network) && isSpecial(last) && network.range() === last.range() }
}

function matches(address: IpAddress, network: IpAddress, prefix: number): boolean {
  return address.kind() === network.kind() && address.match(network as never, prefix)
}

const hostBits = (index: number, prefix: number) => 0xff >> Math.min(8, Math.max(0, prefix - index * 8))

function firstAddress(address: IpAddress, prefix: number): IpAddress {
  return ipaddr.fromByteArray(address.toByteArray().map((byte, index) => byte & ~hostBits(index, prefix) & 0xff))
}

function lastAddress(address: IpAddress, prefix: number): IpAddress {
  return ipaddr.fromByteArray(address.toByteArray().map((byte, index) => byte | hostBits(index, prefix)))
}

function wrong(pattern: string, what: string): TlsError {
  return new TlsError('invalid_argument', `the relay's target pattern "${pattern}": ${what}`)
}
