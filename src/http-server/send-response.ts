import type { Fields } from '../http/fields.js'
import { HttpError } from '../http/http-error.js'
import { encodeResponseHead } from '../http/message-head.js'
import { type SentFraming, writeBody } from '../http/write-body.js'

export interface AnswerSettings {
  readonly writer: WritableStreamDefaultWriter<Uint8Array>
  /** Of the request. */
  readonly method: string
  /** Whether the request was of HTTP/1.1: one of 1.0 knows no chunks. */
  readonly knowsChunks: boolean
  readonly extraHeaders: Headers
  /** Whether the connection may go on; the answer may still end it. */
  readonly mayKeepAlive: () => boolean
  readonly sendTimeoutMs: number
  /** Aborted when nothing more can be sent, which a body that pauses would not meet. */
  readonly broken: AbortSignal
  /** The client took nothing for that long. */
  readonly onStall: (error: HttpError) => void
}

export interface SentAnswer {
  readonly status: number
  readonly keepsAlive: boolean
}

/** A Response's parts, judged before a byte of it is sent. */
export interface PreparedAnswer {
  readonly status: number
  readonly keepsAlive: boolean
  readonly head: Uint8Array
  /** `undefined`: nothing follows the head. */
  readonly framing: SentFraming | { readonly kind: 'close' } | undefined
}

/** @throws HttpError `invalid_argument` for a response that cannot be sent as it is */
export function prepareAnswer(response: Response, settings: AnswerSettings): PreparedAnswer {
  const { status, body } = response
  // Response.error() has 0
  if (status < 200) throw new HttpError('invalid_argument', `a response of status ${status} cannot be sent`)
  const fields = [...fieldsOf(response.headers), ...fieldsOf(settings.extraHeaders)]
  const isClosing = [response.headers, settings.extraHeaders].some((headers) =>
    (headers.get('connection') ?? '')
      .toLowerCase()
      .split(/[ \t]*,[ \t]*/)
      .includes('close'),
  )
  const length = declaredLength(fields)
  const canHaveBody = status !== 204 && status !== 304
  if (canHaveBody && settings.method !== 'HEAD' && body === null && length !== undefined && length > 0) {
    throw new HttpError('invalid_argument', `a response without a body has a Content-Length of ${length}`)
  }
  const framing = canHaveBody ? framingOf(length, body !== null, settings.knowsChunks) : undefined
  const keepsAlive = settings.mayKeepAlive() && !isClosing && framing?.kind !== 'close'
  const own: [string, string][] = []
  if (!fields.some(([name]) => name === 'date')) own.push(['date', new Date().toUTCString()])
  if (framing?.kind === 'length' && length === undefined) own.push(['content-length', '0'])
  if (framing?.kind === 'chunked') own.push(['transfer-encoding', 'chunked'])
  if (!keepsAlive) own.push(['connection', 'close'])
  else if (!settings.knowsChunks) own.push(['connection', 'keep-alive'])
  // RFC 9110 section 8.6: no length beside 204
  const sent = status === 204 ? fields.filter(([name]) => name !== 'content-length') : fields
  const reason = response.statusText === '' ? (reasons[status] ?? '') : response.statusText
  const head = encodeResponseHead({ status, reason, fields: [...own, ...sent] })
  return { status, keepsAlive, head, framing: settings.method === 'HEAD' ? undefined : framing }
}

/**
 * Sends it, as fast as the client takes it.
 * @throws whatever the body failed with: the connection is then of no more use
 */
export async function sendAnswer(
  { head, framing }: PreparedAnswer,
  body: ReadableStream<Uint8Array> | null,
  { writer, sendTimeoutMs, broken, onStall }: AnswerSettings,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const patience = new Patience(sendTimeoutMs, onStall)
  try {
    patience.begin()
    await writer.ready
    writer.write(head).catch(() => undefined)
    if (framing === undefined || body === null) {
      body?.cancel().catch(() => undefined)
      return
    }
    const watched = watchedBody(body, patience, broken, onBytes)
    // up to the end of the connection: what writeBody would call chunks without their frames
    if (framing.kind === 'close') await watched.pipeTo(withoutClosing(writer))
    else await writeBody(writer, framing, watched)
  } catch (error) {
    // nobody began to read it: what it holds, such as a file, would stay open
    if (body && !body.locked) body.cancel(error).catch(() => undefined)
    throw error
  } finally {
    patience.end()
  }
}

function framingOf(length: number | undefined, hasBody: boolean, knowsChunks: boolean): PreparedAnswer['framing'] {
  if (length !== undefined) return { kind: 'length', length }
  if (!hasBody) return { kind: 'length', length: 0 }
  return knowsChunks ? { kind: 'chunked' } : { kind: 'close' }
}

function fieldsOf(headers: Headers): Fields {
  // hop by hop (RFC 9110 section 7.6.1): the connection is this server's own affair
  return [...headers].filter(([name]) => !hopByHop.has(name))
}

function declaredLength(fields: Fields): number | undefined {
  const values = fields.filter(([name]) => name === 'content-length').map(([, value]) => value)
  const [value] = values
  if (value === undefined) return undefined
  if (values.length > 1 || !/^[0-9]{1,15}$/.test(value)) {
    throw new HttpError('invalid_argument', `not a Content-Length: ${JSON.stringify(values.join(', '))}`)
  }
  return Number(value)
}

/** With a client that takes nothing of its answer. */
class Patience {
  readonly #ms: number
  readonly #onStall: (error: HttpError) => void
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(ms: number, onStall: (error: HttpError) => void) {
    this.#ms = ms
    this.#onStall = onStall
  }

  begin(): void {
    this.end()
    this.#timer = setTimeout(() => {
      this.#onStall(new HttpError('timed_out', `the client took nothing of its answer for ${this.#ms} ms`))
    }, this.#ms)
  }

  end(): void {
    clearTimeout(this.#timer)
  }
}

/** Waiting for the handler may take as long as it likes, waiting for the client may not. */
function watchedBody(
  body: ReadableStream<Uint8Array>,
  patience: Patience,
  broken: AbortSignal,
  onBytes: (bytes: number) => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  const onBroken = () => void reader.cancel(broken.reason).catch(() => undefined)
  const forget = () => broken.removeEventListener('abort', onBroken)
  broken.addEventListener('abort', onBroken)
  if (broken.aborted) onBroken()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        patience.end()
        const { done, value } = await reader.read().catch((error) => {
          forget()
          throw error
        })
        // what was cut must not look like an end
        broken.throwIfAborted()
        patience.begin()
        if (done) {
          forget()
          controller.close()
          return
        }
        controller.enqueue(value)
        onBytes(value.byteLength ?? 0)
      },
      cancel(reason) {
        forget()
        return reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}

function withoutClosing(writer: WritableStreamDefaultWriter<Uint8Array>): WritableStream<Uint8Array> {
  return new WritableStream<Uint8Array>({
    async write(chunk) {
      await writer.ready
      writer.write(chunk).catch(() => undefined)
    },
  })
}

/** An answer of the server's own, which has no details of what failed. */
export function plainAnswer(status: number): Response {
  const text = `${status} ${reasons[status] ?? 'Error'}\n`
  return new Response(text, {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'content-length': String(text.length) },
  })
}

const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** RFC 9110 section 15, for a Response that has no text of its own. */
const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No Content',
  206: 'Partial Content',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  304: 'Not Modified',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  416: 'Range Not Satisfiable',
  417: 'Expectation Failed',
  425: 'Too Early',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  505: 'HTTP Version Not Supported',
}
