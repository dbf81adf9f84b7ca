import { TlsError } from '../errors/tls-error.js'

/**
 * An origin is compared with what browsers send, letter by letter: one in another spelling would permit no page, and
 * the refusal would name what looks the same.
 * @throws TlsError `invalid_argument` that says what it should be
 */
export function checkOrigins(origins: readonly string[]): void {
  for (const origin of origins) {
    if (origin === '*' || isSerializedOrigin(origin)) continue
    throw new TlsError('invalid_argument', `the origin ${JSON.stringify(origin)} is no page's: ${advice(origin)}`)
  }
}

/** RFC 6454 section 6.2, as browsers send it; `null` is that of sandboxed frames and of files. */
function isSerializedOrigin(text: string): boolean {
  if (text === 'null') return true
  if (text.includes('*')) return false
  if (/^https?:/i.test(text)) return originOf(text) === text
  // of extensions and apps: a URL parser takes these hosts for opaque and says `null`
  return /^(?!(?:wss?|ftp|file|data|blob|about):)[a-z][a-z0-9+.-]*:\/\/[^/?#@\s\\]+$/.test(text)
}

function originOf(text: string): string | undefined {
  try {
    const { origin } = new URL(text)
    return origin === 'null' ? undefined : origin
  } catch {
    return undefined
  }
}

function advice(text: string): string {
  if (text.includes('*')) return "an origin is exact; only '*' alone stands for every page"
  const origin = originOf(text.replace(/^ws(?=s?:)/i, 'http'))
  if (origin?.startsWith('http')) return `it should be ${JSON.stringify(origin)}`
  return 'it is scheme, host and port with nothing behind, as in "https://app.example.com" or "http://localhost:5173"'
}
