import type { CookieJar } from './cookie-jar.js'
import { parseSetCookie } from './parse-set-cookie.js'

export interface MemoryCookieJarOptions {
  /**
   * Whether a name is a public suffix (`com`, `co.uk`), under which strangers register. Only with it are cookies taken
   * for a whole domain: without it one server could set cookies for others, so `Domain` is refused unless it is the
   * host itself, and that cookie is for the host alone.
   */
  readonly isPublicSuffix?: (name: string) => boolean
  /** Cookies for one host or domain; the oldest go first. Default 50. */
  readonly maxCookiesPerDomain?: number
  /** All cookies; the oldest go first. Default 3000. */
  readonly maxCookies?: number
  /** Milliseconds since 1970. Default: now. */
  readonly clock?: () => number
}

interface StoredCookie {
  readonly name: string
  readonly value: string
  readonly domain: string
  readonly isHostOnly: boolean
  readonly path: string
  readonly expiresAt: number | undefined
  readonly createdAt: number
}

/**
 * Cookies in memory by RFC 6265, bounded. All of them go over https, so `Secure` is as given; `HttpOnly` holds by
 * itself, since no script can ask the jar through a document; `SameSite` is not judged: there is no site that embeds
 * another, only the program that has the jar.
 */
export class MemoryCookieJar implements CookieJar {
  readonly #options: MemoryCookieJarOptions
  /** By domain, path and name; in the order of creation. */
  readonly #cookies = new Map<string, StoredCookie>()

  constructor(options: MemoryCookieJarOptions = {}) {
    this.#options = options
  }

  /** Section 5.4: longer paths first, then older ones. */
  getCookies(url: URL): string {
    this.#dropExpired()
    const host = url.hostname
    return [...this.#cookies.values()]
      .filter(({ domain, isHostOnly }) => (isHostOnly ? host === domain : isWithin(host, domain)))
      .filter(({ path }) => pathMatches(url.pathname, path))
      .sort((a, b) => b.path.length - a.path.length || a.createdAt - b.createdAt)
      .map(({ name, value }) => (name === '' ? value : `${name}=${value}`))
      .join('; ')
  }

  /** Section 5.3 */
  setCookies(url: URL, values: readonly string[]): void {
    for (const text of values) {
      const cookie = parseSetCookie(text, this.#now())
      if (cookie === undefined) continue
      const scope = this.#scopeOf(url.hostname, cookie.domain)
      if (scope === undefined) continue
      const path = cookie.path ?? defaultPath(url.pathname)
      const key = JSON.stringify([scope.domain, scope.isHostOnly, path, cookie.name])
      const createdAt = this.#cookies.get(key)?.createdAt ?? this.#created++
      this.#cookies.delete(key)
      this.#cookies.set(key, {
        ...scope,
        path,
        name: cookie.name,
        value: cookie.value,
        expiresAt: cookie.expiresAt,
        createdAt,
      })
      this.#evict(scope.domain)
    }
  }

  clear(): void {
    this.#cookies.clear()
  }

  #created = 0

  #scopeOf(host: string, domain: string | undefined): Pick<StoredCookie, 'domain' | 'isHostOnly'> | undefined {
    if (domain === undefined) return { domain: host, isHostOnly: true }
    const { isPublicSuffix } = this.#options
    const isAddress = /^[\d.]+$|^\[/.test(host)
    if (isPublicSuffix === undefined || isAddress || isPublicSuffix(domain)) {
      return domain === host ? { domain: host, isHostOnly: true } : undefined
    }
    return isWithin(host, domain) ? { domain, isHostOnly: false } : undefined
  }

  #dropExpired(): void {
    const now = this.#now()
    for (const [key, { expiresAt }] of this.#cookies) {
      if (expiresAt !== undefined && expiresAt <= now) this.#cookies.delete(key)
    }
  }

  #evict(domain: string): void {
    this.#dropExpired()
    const { maxCookiesPerDomain = 50, maxCookies = 3000 } = this.#options
    const ofDomain = [...this.#cookies].filter(([, cookie]) => cookie.domain === domain)
    for (const [key] of ofDomain.slice(0, Math.max(0, ofDomain.length - maxCookiesPerDomain))) this.#cookies.delete(key)
    for (const key of this.#cookies.keys()) {
      if (this.#cookies.size <= maxCookies) break
      this.#cookies.delete(key)
    }
  }

  #now(): number {
    return (this.#options.clock ?? Date.now)()
  }
}

/** Section 5.1.3, for names. */
const isWithin = (host: string, domain: string): boolean => host === domain || host.endsWith(`.${domain}`)

/** Section 5.1.4 */
function pathMatches(path: string, cookiePath: string): boolean {
  return (
    path === cookiePath ||
    (path.startsWith(cookiePath) && (cookiePath.endsWith('/') || path[cookiePath.length] === '/'))
  )
}

function defaultPath(path: string): string {
  const end = path.lastIndexOf('/')
  return end <= 0 ? '/' : path.slice(0, end)
}
