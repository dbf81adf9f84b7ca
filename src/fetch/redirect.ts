import { fieldValues } from '../http/fields.js'
import { HttpError } from '../http/http-error.js'
import type { ResponseHead } from '../http/message-head.js'
import type { WireRequest } from './request-fields.js'

export const isRedirect = ({ status }: ResponseHead): boolean => [301, 302, 303, 307, 308].includes(status)

/**
 * The request that a redirect leads to, by the fetch standard ("HTTP-redirect fetch"); `undefined` when the response
 * names no place, and is then the answer itself.
 * @throws HttpError `redirect_refused`
 */
export function redirectedRequest(request: WireRequest, head: ResponseHead): WireRequest | undefined {
  const locations = fieldValues(head.fields, 'location')
  const [location] = locations
  if (location === undefined) return undefined
  if (locations.some((each) => each !== location)) throw refused('it names several places')
  const url = targetOf(request.url, location)
  const { status } = head
  const becomesGet =
    ((status === 301 || status === 302) && request.method === 'POST') ||
    (status === 303 && request.method !== 'GET' && request.method !== 'HEAD')
  const headers = new Headers(request.headers)
  // the standard names Authorization; a cookie or a credential that the caller set is no less a secret of that origin
  if (url.origin !== request.url.origin) for (const name of credentialNames) headers.delete(name)
  if (becomesGet) {
    for (const name of bodyNames) headers.delete(name)
    return { method: 'GET', url, headers, body: undefined }
  }
  if (request.body && !request.body.isReplayable && status !== 303) {
    throw refused('the body was a stream, which cannot be sent again')
  }
  return { ...request, url, headers }
}

function targetOf(from: URL, location: string): URL {
  let url: URL
  try {
    url = new URL(utf8(location), from)
  } catch (cause) {
    throw new HttpError('redirect_refused', 'a redirect leads to what is no URL', { cause })
  }
  if (url.protocol !== 'https:') throw refused(`it leads from https: to ${url.protocol}`)
  if (url.username !== '' || url.password !== '') throw refused('it leads to a URL with credentials')
  if (url.hash === '') url.hash = from.hash
  return url
}

/** Browsers read bytes beyond ASCII in Location as UTF-8. */
function utf8(latin1: string): string {
  return new TextDecoder().decode(Uint8Array.from(latin1, (character) => character.charCodeAt(0)))
}

const refused = (why: string) => new HttpError('redirect_refused', `a redirect was not followed: ${why}`)
const credentialNames = ['authorization', 'cookie']
/** "Request-body-header names" of the fetch standard. */
const bodyNames = ['content-encoding', 'content-language', 'content-location', 'content-type']
