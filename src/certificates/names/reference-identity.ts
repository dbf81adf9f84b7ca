import { TlsError } from '../../errors/tls-error.js'
import { type Bytes, equalBytes } from '../../wire/bytes.js'
import { isDnsName, matchesDnsPattern } from './dns-name.js'
import type { GeneralName } from './general-name.js'
import { parseIpAddress } from './ip-address.js'

/** Whom the caller wants to reach: RFC 9525 section 6.1, DNS-ID and IP-ID. */
export type ReferenceIdentity =
  | { readonly kind: 'dns'; readonly name: string }
  | { readonly kind: 'ip'; readonly bytes: Bytes; readonly text: string }

/**
 * Reads a DNS name or IP address as a caller writes it. A DNS name loses the dot of its absolute form and its upper
 * case; it must be in A-label form.
 */
export function parseReferenceIdentity(text: string): ReferenceIdentity {
  const bytes = parseIpAddress(text)
  if (bytes !== undefined) return { kind: 'ip', bytes, text }
  const name = (text.endsWith('.') ? text.slice(0, -1) : text).toLowerCase()
  if (!isDnsName(name, { allowUnderscore: true })) {
    const hint = /^[\0-\x7f]*$/.test(text) ? '' : '; write internationalised names in A-label form (xn--...)'
    throw new TlsError('invalid_argument', `serverName "${text}" is no DNS name and no IP address${hint}`)
  }
  return { kind: 'dns', name }
}

/** Whether one of the subjectAltName's entries is the reference; the subject's CN is never looked at (section 2). */
export function matchesReferenceIdentity(reference: ReferenceIdentity, names: readonly GeneralName[]): boolean {
  return names.some((name) =>
    reference.kind === 'dns'
      ? name.kind === 'dns' && matchesDnsPattern(reference.name, name.text)
      : name.kind === 'ip' && equalBytes(name.bytes, reference.bytes),
  )
}

/** What the certificate is for, in words: for the error. */
export function describePresentedNames(names: readonly GeneralName[], format: (name: GeneralName) => string): string {
  const shown = names.filter(({ kind }) => kind === 'dns' || kind === 'ip').map(format)
  if (shown.length === 0) return 'has no DNS name and no IP address in its subjectAltName'
  const more = shown.length > maxShown ? ` and ${shown.length - maxShown} more` : ''
  return `is for ${shown.slice(0, maxShown).join(', ')}${more}`
}

const maxShown = 8
