/** A cookie as a server sent it: RFC 6265 section 5.2, with the prefixes and limits of its successor (6265bis). */
export interface SetCookie {
  readonly name: string
  readonly value: string
  /** Without a leading dot, in lower case; `undefined`: the host alone. */
  readonly domain: string | undefined
  /** `undefined`: the default path. */
  readonly path: string | undefined
  /** Milliseconds since 1970; `undefined`: as long as the jar lives. */
  readonly expiresAt: number | undefined
}

/** @returns `undefined` for what is to be ignored */
export function parseSetCookie(text: string, now: number): SetCookie | undefined {
  // 6265bis section 5.6: control characters, save for the tab
  if ([...text].some((each) => (each < ' ' && each !== '\t') || each === '\x7f')) return undefined
  const [pair = '', ...attributeTexts] = text.split(';')
  const equals = pair.indexOf('=')
  const name = equals < 0 ? '' : pair.slice(0, equals).trim()
  const value = (equals < 0 ? pair : pair.slice(equals + 1)).trim()
  if ((name === '' && value === '') || name.length + value.length > maxPairLength) return undefined
  const attributes = new Map<string, string>()
  for (const attribute of attributeTexts) {
    const [key = '', ...rest] = attribute.split('=')
    const attributeValue = rest.join('=').trim()
    // the last one counts; one that is too long is passed over
    if (attributeValue.length <= maxAttributeLength) attributes.set(key.trim().toLowerCase(), attributeValue)
  }
  const domain = attributes.get('domain')?.replace(/^\./, '').toLowerCase() || undefined
  const givenPath = attributes.get('path')
  const path = givenPath?.startsWith('/') ? givenPath : undefined
  if (!keepsPrefix(name === '' ? value : name, attributes, domain, path)) return undefined
  return { name, value, domain, path, expiresAt: expiry(attributes, now) }
}

/** 6265bis section 4.1.3: what a name promises; all requests are https here. */
function keepsPrefix(
  name: string,
  attributes: ReadonlyMap<string, string>,
  domain: string | undefined,
  path: string | undefined,
): boolean {
  if (/^__secure-/i.test(name)) return attributes.has('secure')
  if (/^__host-/i.test(name)) return attributes.has('secure') && domain === undefined && path === '/'
  return true
}

/** Max-Age before Expires (section 5.3); none for longer than 400 days (6265bis section 5.5). */
function expiry(attributes: ReadonlyMap<string, string>, now: number): number | undefined {
  const latest = now + maxLifetimeMs
  const maxAge = attributes.get('max-age')
  if (maxAge !== undefined && /^-?[0-9]+$/.test(maxAge)) {
    const seconds = Number(maxAge)
    return seconds <= 0 ? 0 : Math.min(now + seconds * 1000, latest)
  }
  const expires = attributes.get('expires')
  const date = expires === undefined ? Number.NaN : Date.parse(expires.replace(/(\d)-(\w{3})-(\d)/, '$1 $2 $3'))
  return Number.isNaN(date) ? undefined : Math.min(date, latest)
}

const maxPairLength = 4096
const maxAttributeLength = 1024
const maxLifetimeMs = 400 * 24 * 60 * 60 * 1000
