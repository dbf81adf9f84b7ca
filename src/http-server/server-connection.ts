import type { DuplexStream } from '../connection/duplex-stream.js'
import type { TlsServerSocket, TlsSocketInfo } from '../connection/tls-socket.js'
import { ByteSource } from '../http/byte-source.js'
import { listElements } from '../http/fields.js'
import { type BodyFraming, requestFraming } from '../http/framing.js'
import { HttpError } from '../http/http-error.js'
import { encodeResponseHead, keepsAlive, type RequestHead, readRequestHead } from '../http/message-head.js'
import { type MessageBody, readBody } from '../http/read-body.js'
import { within } from './deadline.js'
import { isServable, makeRequest } from './make-request.js'
import { type AnswerSettings, type PreparedAnswer, plainAnswer, prepareAnswer, sendAnswer } from './send-response.js'
import type { HttpHandler, HttpServerLimits, HttpServerOptions } from './server-options.js'

export interface ConnectionSettings extends Pick<HttpServerOptions, 'onResponse' | 'onError'> {
  readonly handler: HttpHandler
  readonly limits: HttpServerLimits
  /** As it was given; `socket` is it, or TLS over it. */
  readonly connection: DuplexStream
}

/** A request whose head was read, and how its body comes. */
interface Arrived {
  readonly head: RequestHead
  readonly framing: BodyFraming
  readonly body: MessageBody
  /** Aborted when the client goes, or the connection fails. */
  readonly gone: AbortController
  readonly startedMs: number
}

/** HTTP/1.1 on one connection, from the server's side: one request after the other, answers in order. */
export class ServerConnection {
  readonly #socket: DuplexStream | TlsServerSocket
  readonly #settings: ConnectionSettings
  readonly #source: ByteSource
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>
  #state: 'idle' | 'busy' | 'over' = 'idle'
  #isStopping = false
  #current: Arrived | undefined
  #failure: { readonly error: unknown } | undefined
  #breakOff: (error: unknown) => void = () => undefined
  /** Aborted when nothing more can be sent. */
  readonly #broken = new AbortController()

  constructor(socket: DuplexStream | TlsServerSocket, settings: ConnectionSettings) {
    this.#socket = socket
    this.#settings = settings
    // 0-RTT data is the beginning of the same stream
    this.#source = new ByteSource('earlyData' in socket ? joined(socket.earlyData, socket.readable) : socket.readable)
    this.#writer = socket.writable.getWriter()
    // met at the next write, for which an answer that pauses could wait for ever
    this.#writer.closed.catch((error) => this.#broken.abort(error))
    if ('closed' in socket) socket.closed.catch((error) => this.#current?.gone.abort(error))
  }

  /** Serves until the client, an answer or `stop` ends it. Never rejects. */
  async run(): Promise<void> {
    try {
      // an attacker can repeat 0-RTT data, but not finish the handshake: RFC 8470 section 3
      const tls = 'opened' in this.#socket ? await this.#socket.opened : undefined
      for (let isFirst = true; !this.#isStopping; isFirst = false) {
        if (!(await this.#serveNext(tls, isFirst))) break
      }
      await this.#end()
    } catch (error) {
      this.#cut(this.#failure?.error ?? error)
    } finally {
      this.#state = 'over'
    }
  }

  /** No further request is taken; one that is under way is answered. */
  stop(): void {
    this.#isStopping = true
    if (this.#state === 'idle') this.#source.fail(new HttpError('no_response', 'the server is stopping'))
  }

  /** Ends it now. */
  cut(error: unknown): void {
    this.#fail(error)
    if ('close' in this.#socket) void this.#socket.close(error)
    else this.#writer.abort(error).catch(() => undefined)
  }

  /** @returns whether another one may follow */
  async #serveNext(tls: TlsSocketInfo | undefined, isFirst: boolean): Promise<boolean> {
    const startedMs = performance.now()
    let arrived: Arrived | undefined
    try {
      arrived = await this.#nextRequest(isFirst, startedMs)
    } catch (error) {
      if (this.#failure || this.#isStopping || !(error instanceof HttpError) || error.status === undefined) throw error
      // one answer to what was no request, and nothing after it
      await this.#answer(plainAnswer(error.status), undefined, startedMs, () => false)
      return false
    }
    if (arrived === undefined) return false
    this.#current = arrived
    try {
      const isOpen = await this.#respond(arrived, tls)
      return isOpen && (await this.#isBodyOver(arrived))
    } finally {
      this.#current = undefined
      this.#state = 'idle'
    }
  }

  async #nextRequest(isFirst: boolean, startedMs: number): Promise<Arrived | undefined> {
    const { limits } = this.#settings
    const fail = (error: HttpError) => this.#source.fail(error)
    const idleMs = isFirst ? limits.headTimeoutMs : limits.keepAliveTimeoutMs
    const isThere = await within(idleMs, 'the next request', this.#source.hasAny()).catch((error) => {
      // a client that asked for nothing is told nothing
      if (error instanceof HttpError && error.code === 'timed_out') fail(error)
      else throw error
      return false
    })
    if (!isThere) return undefined
    this.#state = 'busy'
    const head = await within(limits.headTimeoutMs, 'the head', readRequestHead(this.#source, limits), fail)
    if (head === undefined) return undefined
    const framing = requestFraming(head)
    if (framing.kind === 'length' && framing.length > limits.maxBodyBytes) {
      throw new HttpError('body_too_large', `the body has more than ${limits.maxBodyBytes} bytes`)
    }
    return { head, framing, body: readBody(this.#source, framing, limits), gone: new AbortController(), startedMs }
  }

  async #respond(arrived: Arrived, tls: TlsSocketInfo | undefined): Promise<boolean> {
    const { head, framing, gone, startedMs } = arrived
    const expected = listElements(head.fields, 'expect')
    if (expected.some((each) => each !== '100-continue')) {
      return await this.#answer(plainAnswer(417), arrived, startedMs, () => false)
    }
    if (!isServable(head.method)) return await this.#answer(plainAnswer(501), arrived, startedMs, () => false)
    const isWaiting = expected.length > 0 && head.version === 'HTTP/1.1' && framing.kind !== 'none'
    const body = new IncomingBody(arrived.body, this.#settings.limits, isWaiting ? () => this.#continue() : undefined)
    const responseHeaders = new Headers()
    let request: Request
    try {
      request = makeRequest({
        head,
        framing,
        body: body.readable,
        scheme: tls ? 'https' : 'http',
        fallbackHost: tls?.serverName ?? 'localhost',
        signal: gone.signal,
      })
    } catch (error) {
      const status = error instanceof HttpError ? error.status : undefined
      return await this.#answer(plainAnswer(status ?? 400), arrived, startedMs, () => false)
    }
    void this.#watch(arrived)
    let response: Response
    let mayKeepAlive = () => keepsAlive(head) && !this.#isStopping && !body.isAwaited
    try {
      const answered = this.#settings.handler(request, {
        target: head.target,
        responseHeaders,
        tls,
        connection: this.#settings.connection,
        remoteAddress: remoteAddressOf(this.#settings.connection),
      })
      // when the connection fails a handler need not be waited for any more
      const broken = new Promise<never>((_, reject) => {
        this.#breakOff = reject
      })
      response = await Promise.race([answered, broken]).catch((error) => {
        // it may still answer, to nobody
        void Promise.resolve(answered)
          .then(({ body }) => body?.cancel(error))
          .catch(() => undefined)
        throw error
      })
      if (!isResponse(response)) throw new TypeError('the handler returned no Response')
      // the answer may be made of the request's body, which shows when it is read
      if (body.isAwaited && response.body !== null && !response.bodyUsed) {
        response = await Promise.race([begun(response, response.body, this.#broken.signal), broken])
      }
    } catch (error) {
      if (this.#failure) throw error
      // the request's own fault, met by the handler as it read the body
      const status = body.failure?.status
      if (status === undefined) this.#settings.onError?.(error, this.#settings.connection)
      response = plainAnswer(status ?? 500)
      mayKeepAlive = () => false
    }
    // 100 (Continue) cannot come behind the answer any more
    const isAsked = !body.isAwaited
    body.stopAsking()
    return await this.#answer(response, arrived, startedMs, () => isAsked && mayKeepAlive(), responseHeaders)
  }

  /** @returns whether the connection may go on */
  async #answer(
    response: Response,
    arrived: Arrived | undefined,
    startedMs: number,
    mayKeepAlive: () => boolean,
    extraHeaders = new Headers(),
  ): Promise<boolean> {
    const { limits, connection, onResponse, onError } = this.#settings
    const settings: AnswerSettings = {
      writer: this.#writer,
      method: arrived?.head.method ?? 'GET',
      knowsChunks: arrived?.head.version !== 'HTTP/1.0',
      extraHeaders,
      mayKeepAlive,
      sendTimeoutMs: limits.sendTimeoutMs,
      broken: this.#broken.signal,
      onStall: (error) => {
        onError?.(error, connection)
        this.cut(error)
      },
    }
    let prepared: PreparedAnswer
    let { body } = response
    try {
      if (response.bodyUsed) throw new TypeError('the body of the Response was read already')
      prepared = prepareAnswer(response, settings)
    } catch (error) {
      body?.cancel().catch(() => undefined)
      onError?.(error, connection)
      const refusal = plainAnswer(500)
      prepared = prepareAnswer(refusal, { ...settings, mayKeepAlive: () => false, extraHeaders: new Headers() })
      body = refusal.body
    }
    const { status } = prepared
    const { method, target } = arrived?.head ?? { method: '-', target: '-' }
    let bytes = 0
    let isWhole = false
    try {
      await sendAnswer(prepared, body, settings, (length) => {
        bytes += length
      })
      isWhole = true
    } catch (error) {
      // the client must not take for whole what it has of it, and a connection that failed has told of it already
      if (this.#failure === undefined) onError?.(error, connection)
      this.cut(error)
      throw error
    } finally {
      const durationMs = performance.now() - startedMs
      onResponse?.({ method, target, status, bytes, durationMs, isWhole, connection })
    }
    return prepared.keepsAlive
  }

  /** Tells the handler when the client leaves, as far as that can be seen without reading the next request. */
  async #watch({ body, gone }: Arrived): Promise<void> {
    try {
      if (!(await body.ended)) return
      const hasMore = this.#source.heldBytes > 0 || (await this.#source.hasMore())
      if (!hasMore) gone.abort(new HttpError('incomplete', 'the client has ended the connection'))
    } catch (error) {
      gone.abort(error)
    }
  }

  /** RFC 9112 section 9.3: what is left of the body is read, if it is not much, or nothing can follow it. */
  async #isBodyOver({ body, framing }: Arrived): Promise<boolean> {
    if (framing.kind === 'none') return true
    if (!body.readable.locked) {
      const reader = body.readable.getReader()
      const drain = async () => {
        for (let left = drainedBytes; left > 0; ) {
          const { done, value } = await reader.read()
          if (done) return true
          left -= value.byteLength
        }
        return false
      }
      return await within(drainMs, 'the rest of the body', drain()).catch(() => false)
    }
    const stillRead = new Promise<boolean>((resolve) => setTimeout(resolve, 0, false))
    return await Promise.race([body.ended, stillRead])
  }

  async #continue(): Promise<void> {
    await this.#writer.ready
    const head = encodeResponseHead({ status: 100, reason: 'Continue', fields: [] })
    this.#writer.write(head).catch(() => undefined)
  }

  async #end(): Promise<void> {
    // a TlsSocket says close_notify, and waits for what was written to be taken
    if ('close' in this.#socket) {
      this.#writer.releaseLock()
      await this.#socket.close()
    } else await within(this.#settings.limits.sendTimeoutMs, 'the end', this.#writer.close())
    this.#fail(new HttpError('no_response', 'the connection is over'))
  }

  #cut(error: unknown): void {
    const isQuiet = this.#isStopping && this.#failure === undefined && this.#current === undefined
    if (!isQuiet && this.#failure === undefined) this.#settings.onError?.(error, this.#settings.connection)
    if (!isQuiet) this.cut(error)
    else this.#end().catch(() => undefined)
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#breakOff(error)
    this.#broken.abort(error)
    this.#current?.gone.abort(error)
    this.#source.fail(error)
  }
}

/** A request's body as the handler reads it: counted, timed, and asked for when the client waits to be asked. */
class IncomingBody {
  readonly readable: ReadableStream<Uint8Array>
  /** The client waits for 100 (Continue), which was not sent: it may send the body or not. */
  isAwaited: boolean
  /** Why it could not be read. */
  failure: HttpError | undefined
  #isAnswered = false

  constructor(body: MessageBody, limits: HttpServerLimits, ask: (() => Promise<void>) | undefined) {
    this.isAwaited = ask !== undefined
    let received = 0
    let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
    const next = async () => {
      if (this.isAwaited) {
        if (this.#isAnswered) throw new HttpError('incomplete', 'the request was answered without its body')
        this.isAwaited = false
        await ask?.()
      }
      reader ??= body.readable.getReader()
      const { value } = await within(limits.bodyTimeoutMs, 'the next piece of the body', reader.read())
      received += value?.byteLength ?? 0
      if (received > limits.maxBodyBytes) {
        throw new HttpError('body_too_large', `the body has more than ${limits.maxBodyBytes} bytes`)
      }
      return value
    }
    this.readable = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          try {
            const piece = await next()
            if (piece === undefined) controller.close()
            else controller.enqueue(piece)
          } catch (error) {
            this.failure = error instanceof HttpError ? error : undefined
            throw error
          }
        },
        async cancel(reason) {
          reader ??= body.readable.getReader()
          await reader.cancel(reason)
        },
      },
      { highWaterMark: 0 },
    )
  }

  stopAsking(): void {
    this.#isAnswered = true
  }
}

/** One stream after the other, read only as asked for. */
function joined(first: ReadableStream<Uint8Array>, second: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  let reader = first.getReader()
  let isFirst = true
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        let read = await reader.read()
        if (read.done && isFirst) {
          isFirst = false
          reader = second.getReader()
          read = await reader.read()
        }
        if (read.done) controller.close()
        else controller.enqueue(read.value)
      },
      async cancel(reason) {
        await reader.cancel(reason)
        if (isFirst) await second.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}

/** The same once its body has begun. */
async function begun(response: Response, body: ReadableStream<Uint8Array>, broken: AbortSignal): Promise<Response> {
  const reader = body.getReader()
  const onBroken = () => void reader.cancel(broken.reason).catch(() => undefined)
  broken.addEventListener('abort', onBroken)
  if (broken.aborted) onBroken()
  let first: ReadableStreamReadResult<Uint8Array> | undefined = await reader
    .read()
    .finally(() => broken.removeEventListener('abort', onBroken))
  const rest = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = first ?? (await reader.read())
        first = undefined
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
  const { status, statusText, headers } = response
  return new Response(rest as BodyInit, { status, statusText, headers })
}

/** A Response of another realm, or of another implementation, is one as well. */
const isResponse = (value: unknown): value is Response =>
  typeof value === 'object' && value !== null && 'status' in value && 'headers' in value && 'body' in value

function remoteAddressOf(connection: DuplexStream): string | undefined {
  const address = 'remoteAddress' in connection ? connection.remoteAddress : undefined
  return typeof address === 'string' ? address : undefined
}

/** What a handler has left unread of a body. */
const drainedBytes = 256 * 1024
const drainMs = 5000
