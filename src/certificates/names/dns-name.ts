/**
 * DNS names in certificates: RFC 5280 section 4.2.1.6 (the preferred syntax of RFC 1034 section 3.5), RFC 9525.
 * Everything here is ASCII; internationalised names are in A-label form.
 */

export interface DnsNameOptions {
  /** Host names may not have one, but private CAs issue them (container and service names). */
  readonly allowUnderscore: boolean
}

/** Whether the text is a host name: labels of letters, digits and hyphens, the last one not a number. */
export function isDnsName(text: string, { allowUnderscore }: DnsNameOptions): boolean {
  if (text.length === 0 || text.length > 253) return false
  const labels = text.split('.')
  const label = allowUnderscore ? labelWithUnderscore : strictLabel
  // a number at the end would make it an IPv4 address in disguise
  return labels.every((each) => label.test(each)) && !/^[0-9]+$/.test(labels[labels.length - 1] ?? '')
}

/** The same with a whole leftmost label `*` allowed, which must leave something to be below: RFC 9525 section 6.3. */
export const isDnsPattern = (text: string, options: DnsNameOptions): boolean =>
  isDnsName(text.startsWith('*.') ? text.slice(2) : text, options)

/** Whether a presented dNSName is the name asked for, which must be in lower case: RFC 9525 sections 6.3 and 6.4. */
export function matchesDnsPattern(reference: string, presented: string): boolean {
  if (!isDnsPattern(presented, { allowUnderscore: true })) return false
  const pattern = presented.toLowerCase()
  if (!pattern.startsWith('*.')) return pattern === reference
  const firstDot = reference.indexOf('.')
  return firstDot > 0 && reference.slice(firstDot + 1) === pattern.slice(2)
}

const strictLabel = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/
const labelWithUnderscore = /^[a-zA-Z0-9_](?:[a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?$/
