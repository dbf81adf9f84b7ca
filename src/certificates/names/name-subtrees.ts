import { type Bytes, toHex } from '../../wire/bytes.js'
import { isDnsName } from './dns-name.js'
import type { GeneralName, GeneralNameKind } from './general-name.js'

/**
 * The permitted or the excluded subtrees of a nameConstraints extension (RFC 5280 section 4.2.1.10), indexed: a name
 * is looked up by its own parts, so that thousands of subtrees and names cost no more than their sum.
 */
export class NameSubtrees {
  /** Every form that occurs, also those that cannot be compared. */
  readonly kinds: ReadonlySet<GeneralNameKind>
  /** Subtrees that no name can be compared with: what is wrong with them. */
  readonly problems: readonly string[]
  /** dNSName subtrees with a leading period, which RFC 5280 does not have but CAs write. */
  readonly hasLeadingPeriod: boolean
  readonly #dns = new Set<string>()
  readonly #dnsBelow = new Set<string>()
  readonly #dnsParents = new Set<string>()
  readonly #emails = new Set<string>()
  readonly #emailHosts = new Set<string>()
  readonly #emailDomains = new Set<string>()
  readonly #uriHosts = new Set<string>()
  readonly #uriDomains = new Set<string>()
  readonly #directories = new Set<string>()
  #directoryDepth = -1
  /** By mask, in hexadecimal: the networks. */
  readonly #networks = new Map<string, { readonly mask: Bytes; readonly networks: Set<string> }>()

  constructor(subtrees: readonly GeneralName[]) {
    this.kinds = new Set(subtrees.map(({ kind }) => kind))
    this.problems = subtrees.map((subtree) => this.#add(subtree)).filter((problem) => problem !== undefined)
    this.hasLeadingPeriod = this.#dnsBelow.size > 0
  }

  /** Whether every host that a dNSName, possibly a wildcard, stands for is in a subtree. */
  coversDns(name: string): boolean {
    return this.#dns.has('') || suffixes(name).some((suffix, index) => this.#hasDnsSuffix(suffix, index))
  }

  /** Whether some host that the dNSName stands for is in a subtree, read as widely as it can be. */
  touchesDns(name: string): boolean {
    if (this.coversDns(name) || this.#dnsBelow.has(name)) return true
    return name.startsWith('*.') && (this.#dnsParents.has(name.slice(2)) || this.#dnsBelow.has(name.slice(2)))
  }

  /** The local part as written, the host in lower case. */
  coversEmail(localPart: string, host: string): boolean {
    if (this.#emails.has(`${localPart}@${host}`) || this.#emailHosts.has(host)) return true
    return suffixes(host).some((suffix, index) => index > 0 && this.#emailDomains.has(suffix))
  }

  coversUriHost(host: string): boolean {
    return this.#uriHosts.has(host) || suffixes(host).some((suffix, index) => index > 0 && this.#uriDomains.has(suffix))
  }

  coversIp(address: Bytes): boolean {
    for (const { mask, networks } of this.#networks.values()) {
      if (mask.length === address.length && networks.has(masked(address, mask))) return true
    }
    return false
  }

  /** Subtrees of a Name are its initial RDNs. */
  coversDirectory(rdnKeys: readonly string[]): boolean {
    // no longer prefix than the longest subtree: names may have thousands of RDNs
    const depths = Math.min(rdnKeys.length, this.#directoryDepth)
    for (let depth = 0; depth <= depths; depth++) {
      if (this.#directories.has(directoryKey(rdnKeys.slice(0, depth)))) return true
    }
    return false
  }

  #hasDnsSuffix(suffix: string, index: number): boolean {
    return this.#dns.has(suffix) || (index > 0 && this.#dnsBelow.has(suffix))
  }

  /** @returns what is wrong with the subtree */
  #add(subtree: GeneralName): string | undefined {
    switch (subtree.kind) {
      case 'dns':
        return this.#addDns(subtree.text)
      case 'email':
        return this.#addEmail(subtree.text)
      case 'uri':
        return addHostOrDomain(subtree.text, 'URI', this.#uriHosts, this.#uriDomains)
      case 'ip':
        return this.#addNetwork(subtree.bytes)
      case 'directory':
        this.#directories.add(directoryKey(subtree.name.rdnKeys))
        this.#directoryDepth = Math.max(this.#directoryDepth, subtree.name.rdnKeys.length)
        return undefined
      default:
        // otherName, registeredID, ...: judged when such a name occurs
        return undefined
    }
  }

  #addDns(text: string): string | undefined {
    const below = text.startsWith('.')
    const name = (below ? text.slice(1) : text).toLowerCase()
    if (name !== '' && !isDnsName(name, { allowUnderscore: true })) return `"${text}" is no DNS name`
    if (below && name === '') return `"${text}" is no DNS name`
    ;(below ? this.#dnsBelow : this.#dns).add(name)
    const firstDot = name.indexOf('.')
    if (firstDot > 0) this.#dnsParents.add(name.slice(firstDot + 1))
    return undefined
  }

  #addEmail(text: string): string | undefined {
    const at = text.lastIndexOf('@')
    if (at < 0) return addHostOrDomain(text, 'e-mail', this.#emailHosts, this.#emailDomains)
    const mailbox = parseMailbox(text)
    if (mailbox === undefined) return `"${text}" is no mailbox`
    this.#emails.add(`${mailbox.localPart}@${mailbox.host}`)
    return undefined
  }

  #addNetwork(bytes: Bytes): string | undefined {
    const half = bytes.length / 2
    const [address, mask] = [bytes.subarray(0, half), bytes.subarray(half)]
    // "in the style of RFC 4632": ones, then zeros
    const bits = Array.from(mask, (byte) => byte.toString(2).padStart(8, '0')).join('')
    if (bits.includes('01')) return `the IP mask ${mask.join('.')} is not contiguous`
    const id = toHex(mask)
    const entry = this.#networks.get(id) ?? { mask, networks: new Set<string>() }
    entry.networks.add(masked(address, mask))
    this.#networks.set(id, entry)
    return undefined
  }
}

/** Local part and host of an rfc822Name; quoted local parts are not understood. */
export function parseMailbox(text: string): { localPart: string; host: string } | undefined {
  const at = text.lastIndexOf('@')
  const localPart = text.slice(0, Math.max(at, 0))
  const host = text.slice(at + 1).toLowerCase()
  const isDotAtom =
    localPart.length <= 64 && localPart.split('.').every((atom) => /^[\w!#$%&'*+/=?^`{|}~-]+$/.test(atom))
  return at > 0 && isDotAtom && isDnsName(host, { allowUnderscore: true }) ? { localPart, host } : undefined
}

/** The host name in a URI's authority: RFC 3986 section 3.2. `undefined` when there is none, or it is an address. */
export function uriHost(text: string): string | undefined {
  const authority = /^[a-zA-Z][a-zA-Z0-9+.-]{0,63}:\/\/([^/?#]*)/.exec(text)?.[1]
  if (authority === undefined) return undefined
  const hostAndPort = authority.slice(authority.lastIndexOf('@') + 1)
  const colon = hostAndPort.indexOf(':')
  const host = (colon < 0 ? hostAndPort : hostAndPort.slice(0, colon)).toLowerCase()
  if (colon >= 0 && !/^[0-9]*$/.test(hostAndPort.slice(colon + 1))) return undefined
  return isDnsName(host, { allowUnderscore: true }) ? host : undefined
}

/** A host is itself alone; with a leading period, every host below it. */
function addHostOrDomain(text: string, form: string, hosts: Set<string>, domains: Set<string>): string | undefined {
  const below = text.startsWith('.')
  const name = (below ? text.slice(1) : text).toLowerCase()
  if (!isDnsName(name, { allowUnderscore: true })) return `"${text}" is no ${form} constraint`
  ;(below ? domains : hosts).add(name)
  return undefined
}

/** `a.b.c`, `b.c`, `c`. */
function suffixes(name: string): string[] {
  const all = [name]
  for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) all.push(name.slice(dot + 1))
  return all
}

const masked = (address: Bytes, mask: Bytes): string => toHex(address.map((byte, index) => byte & (mask[index] ?? 0)))

/** Each key ends with a character that no key has, so that no RDN is a prefix of another. */
const directoryKey = (rdnKeys: readonly string[]): string => rdnKeys.map((key) => `${key}\n`).join('')
