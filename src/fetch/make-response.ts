import { HttpError } from '../http/http-error.js'
import type { ResponseHead } from '../http/message-head.js'
import { fetchError } from './fetch-error.js'

/**
 * The platform's Response. Its constructor takes no URL and no list of redirects, so `url` and `redirected` are put on
 * the object, and on its clones; `type` stays "default".
 */
export function makeResponse(
  head: ResponseHead,
  body: ReadableStream<Uint8Array> | undefined,
  url: URL,
  redirected: boolean,
): Response {
  const headers = new Headers()
  for (const [name, value] of head.fields) headers.append(name, value)
  let response: Response
  try {
    response = new Response((body ?? null) as ReadableStream<Uint8Array<ArrayBuffer>> | null, {
      status: head.status,
      statusText: head.reason,
      headers,
    })
  } catch (cause) {
    throw new HttpError('malformed', `a response with the status ${head.status} cannot be shown`, { cause })
  }
  const visible = new URL(url)
  visible.hash = ''
  return withPlace(response, visible.href, redirected)
}

function withPlace(response: Response, url: string, redirected: boolean): Response {
  const { clone } = response
  return Object.defineProperties(response, {
    url: { value: url, enumerable: true },
    redirected: { value: redirected, enumerable: true },
    clone: { value: () => withPlace(clone.call(response), url, redirected) },
  })
}

/** "Null body status" of the fetch standard, and what has none by its framing. */
export const hasNoBody = (status: number): boolean => [101, 103, 204, 205, 304].includes(status)

/**
 * What the application reads. A little is read ahead, so that a small body that nobody looks at gives its connection
 * back; an error is a TypeError, as fetch's are.
 * @param giveUp fails the body: nobody can read it any more
 */
export function readerBody(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  giveUp: (reason: unknown) => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  const source: UnderlyingDefaultSource<Uint8Array> = {
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
        if (done) controller.close()
        else controller.enqueue(value)
      } catch (error) {
        throw signal.aborted ? signal.reason : fetchError(error, 'the response was cut off')
      } finally {
        forgotten.unregister(source)
        forgotten.register(source, giveUp, source)
      }
    },
    cancel: (reason) => reader.cancel(reason),
  }
  return new ReadableStream<Uint8Array>(source, {
    highWaterMark: readAheadBytes,
    size: (chunk) => chunk?.byteLength ?? 0,
  })
}

/**
 * A body that was thrown away unread would keep its connection for ever. What is watched is the stream's source: the
 * stream's own object may be collected while a reader of it is in use. And it fails: an end could be taken for its end.
 */
const forgotten = new FinalizationRegistry<(reason: unknown) => void>((giveUp) => {
  giveUp(new HttpError('incomplete', 'nobody read the response'))
})

const readAheadBytes = 16 * 1024
