import { TlsError } from '../errors/tls-error.js'

/** Which requests of the pages go through the tunnel, and where to. */
export interface TunnelRule {
  /** The server's origin, for example `https://www.example.com`. */
  readonly origin: string
  /**
   * With it, a folder of the worker's own origin stands for the server: below `/app/`, `/app/a?b` is `/a?b` there.
   * Begins and ends with a slash. Without it, requests to `origin` itself are taken as they are.
   */
  readonly prefix?: string
  /** Only paths of the server that begin so. Default `/`: all. */
  readonly path?: string
}

interface ResolvedRule {
  readonly origin: string
  readonly prefix: string | undefined
  readonly path: string
}

/** Rules in both directions: from a page's URL to the server's, and back, for redirects. */
export class TunnelRules {
  readonly #rules: readonly ResolvedRule[]
  readonly #ownOrigin: string
  readonly #passThrough: readonly string[]

  /**
   * @param passThrough paths of the worker's own origin that are left to the network, whatever the rules say
   * @throws TlsError `invalid_argument`
   */
  constructor(rules: readonly TunnelRule[], ownOrigin: string, passThrough: readonly string[] = []) {
    if (rules.length === 0) throw invalid('a tunnel has at least one rule')
    this.#ownOrigin = ownOrigin
    this.#passThrough = passThrough.map((path) => checkPath('passThrough', path))
    // the longest prefix, or path, counts
    this.#rules = rules
      .map((rule) => resolve(rule, ownOrigin))
      .sort((a, b) => (b.prefix ?? '').length - (a.prefix ?? '').length || b.path.length - a.path.length)
  }

  /** Where a request goes; `undefined` for one that is left to the network. */
  serverUrl(url: URL): URL | undefined {
    if (url.origin === this.#ownOrigin && this.#passThrough.some((path) => url.pathname.startsWith(path)))
      return undefined
    for (const { origin, prefix, path } of this.#rules) {
      if (prefix === undefined) {
        if (url.origin === origin && url.pathname.startsWith(path)) return new URL(url)
        continue
      }
      if (url.origin !== this.#ownOrigin || !url.pathname.startsWith(prefix)) continue
      // put together as text and read again: a path of two slashes must not become another host
      const mapped = new URL(`${origin}/${url.pathname.slice(prefix.length)}${url.search}`)
      return mapped.pathname.startsWith(path) ? mapped : undefined
    }
    return undefined
  }

  /** What a page calls a URL of a server; `undefined` for one that no rule leads to. */
  pageUrl(url: URL): URL | undefined {
    for (const { origin, prefix, path } of this.#rules) {
      if (url.origin !== origin || !url.pathname.startsWith(path)) continue
      if (prefix === undefined) return new URL(url)
      return new URL(`${this.#ownOrigin}${prefix}${url.pathname.slice(1)}${url.search}${url.hash}`)
    }
    return undefined
  }
}

function resolve({ origin, prefix, path, ...others }: TunnelRule, ownOrigin: string): ResolvedRule {
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) throw invalid(`a rule has no ${JSON.stringify(unknown)}`)
  let url: URL
  try {
    url = new URL(origin)
  } catch (cause) {
    throw new TlsError('invalid_argument', `not an origin: ${JSON.stringify(origin)}`, { cause })
  }
  if (
    url.protocol !== 'https:' ||
    url.pathname !== '/' ||
    url.search !== '' ||
    url.hash !== '' ||
    url.username !== ''
  ) {
    throw invalid(`a rule's origin is https://host or https://host:port, not ${JSON.stringify(origin)}`)
  }
  if (prefix === undefined && url.origin === ownOrigin) throw invalid('the worker’s own origin needs a prefix')
  if (prefix !== undefined && !checkPath('prefix', prefix).endsWith('/')) throw invalid('a prefix ends with a slash')
  return { origin: url.origin, prefix, path: checkPath('path', path ?? '/') }
}

function checkPath(name: string, path: string): string {
  if (/^\/[^?#]*$/.test(path)) return path
  throw invalid(`${name} begins with a slash and has no query: ${JSON.stringify(path)}`)
}

const invalid = (message: string) => new TlsError('invalid_argument', message)
