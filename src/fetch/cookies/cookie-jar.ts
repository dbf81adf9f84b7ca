/**
 * Where cookies are kept (RFC 6265). `MemoryCookieJar` is one; a jar of tough-cookie fits by its `getCookieString` and
 * `setCookie`.
 */
export interface CookieJar {
  /** The value of the Cookie field for a URL; empty for none. */
  getCookies(url: URL): string | Promise<string>
  /** The values of a response's Set-Cookie fields, in order. What is malformed is passed over. */
  setCookies(url: URL, values: readonly string[]): void | Promise<void>
}
