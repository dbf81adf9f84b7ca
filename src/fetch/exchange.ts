import { fieldValues } from '../http/fields.js'
import { responseFraming } from '../http/framing.js'
import { HttpError } from '../http/http-error.js'
import { encodeRequestHead, keepsAlive, type ResponseHead, readFinalResponseHead } from '../http/message-head.js'
import { readBody } from '../http/read-body.js'
import { writeBody } from '../http/write-body.js'
import type { ConnectionPool } from './connection-pool.js'
import type { FetchSettings } from './fetch-options.js'
import type { HttpConnection } from './http-connection.js'
import { requestFields, type WireRequest } from './request-fields.js'
import { TimeLimit } from './time-limit.js'

export interface Exchange {
  readonly head: ResponseHead
  /** Not decoded. Read to its end, it gives the connection back; cancelled, or failed, it ends it. */
  readonly body: ReadableStream<Uint8Array>
  /** Fails the body and ends the connection. */
  readonly giveUp: (reason: unknown) => void
}

/**
 * One request and its response on one connection of the pool. A connection that was kept may have been closed by the
 * server meanwhile: then the request is sent once more, on a new one, if it may be (RFC 9110 section 9.2.2).
 */
export async function exchange(
  pool: ConnectionPool,
  request: WireRequest,
  cookie: string,
  settings: FetchSettings,
  signal: AbortSignal,
): Promise<Exchange> {
  const connection = await pool.acquire(signal)
  try {
    return await exchangeOn(connection, pool, request, cookie, settings, signal)
  } catch (error) {
    if (!connection.wasUsed || !wasStale(error) || !mayRepeat(request) || signal.aborted) throw error
    const fresh = await pool.acquire(signal, true)
    return await exchangeOn(fresh, pool, request, cookie, settings, signal)
  }
}

async function exchangeOn(
  connection: HttpConnection,
  pool: ConnectionPool,
  request: WireRequest,
  cookie: string,
  settings: FetchSettings,
  signal: AbortSignal,
): Promise<Exchange> {
  const onAbort = () => connection.destroy(signal.reason)
  signal.addEventListener('abort', onAbort)
  if (signal.aborted) onAbort()
  const settle = () => signal.removeEventListener('abort', onAbort)
  const limit = new TimeLimit(settings.headersTimeoutMs, () => {
    connection.destroy(new HttpError('timed_out', `no answer from ${request.url.host}`))
  })
  const sending = send(connection, request, cookie, limit)
  try {
    limit.start()
    const head = await readHead(connection, sending, settings)
    limit.end()
    if (head.status === 101) throw new HttpError('malformed', 'the server switches protocols, which nobody asked for')
    const body = readBody(connection.source, responseFraming(head, request.method), settings.limits)
    noteKeepAlive(connection, head)
    let isOver = false
    const finish = (isReusable: boolean) => {
      if (isOver) return
      isOver = true
      settle()
      forget()
      if (isReusable) pool.release(connection)
      else pool.discard(connection, new HttpError('incomplete', 'the exchange was not finished'))
    }
    // cut by an abort, or a body that was thrown away: nobody may be reading it
    const forget = connection.onDestroyed(() => finish(false))
    // both ways must be at their end before the next request
    void Promise.all([body.ended, sending.done]).then(([isWhole, isSent]) => {
      finish(isWhole && isSent && keepsAlive(head))
    })
    // a body that is given up also ends the request that is still being sent
    void body.ended.then((isWhole) => {
      if (!isWhole) connection.destroy(new HttpError('incomplete', 'the response was not read to its end'))
      else sending.giveUpLater()
    })
    return {
      head,
      body: timed(body.readable, connection, settings.bodyTimeoutMs),
      // by then the connection may be another exchange's
      giveUp: (reason) => void (isOver || connection.destroy(reason)),
    }
  } catch (error) {
    limit.end()
    settle()
    pool.discard(connection, error)
    throw sending.bodyFailure() ?? error
  }
}

interface Sending {
  /** Whether all was sent; never rejects. */
  readonly done: Promise<boolean>
  /** Rejects when the body given by the caller fails. */
  readonly failed: Promise<never>
  bodyFailure(): unknown
  /** The response is whole: the server may take the rest of the request, but not for ever. */
  giveUpLater(): void
}

function send(connection: HttpConnection, request: WireRequest, cookie: string, limit: TimeLimit): Sending {
  const { writer } = connection
  let failure: unknown
  let fail: (error: unknown) => void = () => undefined
  const failed = new Promise<never>((_, reject) => {
    fail = reject
  })
  failed.catch(() => undefined)
  const run = async (): Promise<boolean> => {
    const { url, method, body } = request
    try {
      const fields = requestFields(request, cookie)
      const head = encodeRequestHead({ method, target: `${url.pathname}${url.search}`, fields })
      await writer.ready
      writer.write(head).catch(() => undefined)
      if (body === undefined) return true
      const framing = body.length === undefined ? chunked : { kind: 'length' as const, length: body.length }
      const onFailure = (error: unknown) => {
        failure ??= error
      }
      await writeBody(writer, framing, watched(body.open(), connection, limit, onFailure))
      return true
    } catch (error) {
      if (error instanceof HttpError && !connection.isDestroyed) failure ??= error
      // the connection's own failure is met by whoever reads the answer, which may have come before
      if (failure !== undefined) {
        fail(failure)
        connection.destroy(failure)
      }
      return false
    }
  }
  const done = run()
  return {
    done,
    failed,
    bodyFailure: () => failure,
    giveUpLater() {
      const waiting = new TimeLimit(sendingLingerMs, () => connection.destroy('the request was not taken'))
      waiting.start()
      void done.then(() => waiting.stop())
    },
  }
}

/** A body that fails says so; and while it is taken, the server is at work. */
function watched(
  body: ReadableStream<Uint8Array>,
  connection: HttpConnection,
  limit: TimeLimit,
  onFailure: (error: unknown) => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  let isCut = false
  // it may be waiting for a body that says nothing
  const forget = connection.onDestroyed((reason) => {
    isCut = true
    reader.cancel(reason).catch(() => undefined)
  })
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        limit.start()
        try {
          const { done, value } = await reader.read()
          // what was cut must not look like an end: nothing may be sent after it
          if (isCut) throw new HttpError('incomplete', 'the connection has ended')
          limit.start()
          if (!done) return controller.enqueue(value)
          forget()
          controller.close()
        } catch (error) {
          forget()
          if (!isCut) onFailure(error)
          throw error
        }
      },
      cancel(reason) {
        forget()
        return reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}

async function readHead(
  connection: HttpConnection,
  sending: Sending,
  { limits }: FetchSettings,
): Promise<ResponseHead> {
  const head = readFinalResponseHead(connection.source, limits)
  head.catch(() => undefined)
  return await Promise.race([head, sending.failed])
}

/** A server that sends nothing while somebody waits for it. A reader who does not read is not timed. */
function timed(
  body: ReadableStream<Uint8Array>,
  connection: HttpConnection,
  milliseconds: number,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  const limit = new TimeLimit(milliseconds, () => {
    connection.destroy(new HttpError('timed_out', `the server sent nothing for ${milliseconds} ms`))
  })
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        limit.start()
        try {
          const { done, value } = await reader.read()
          if (done) controller.close()
          else controller.enqueue(value)
        } finally {
          limit.stop()
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

/** `Keep-Alive: timeout=5`, which servers send though it is no standard: it is left a second before. */
function noteKeepAlive(connection: HttpConnection, { fields }: ResponseHead): void {
  const [seconds] = fieldValues(fields, 'keep-alive').flatMap((value) => /\btimeout=(\d{1,6})/i.exec(value)?.[1] ?? [])
  if (seconds !== undefined) connection.keepAliveMs = Math.max(0, Number(seconds) * 1000 - 1000)
}

/** The connection ended, for whatever reason, before a byte of the answer. */
function wasStale(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown }
  return ['no_response', 'truncated', 'closed', 'transport_failed'].includes(String(code))
}

const mayRepeat = ({ method, body }: WireRequest): boolean =>
  idempotentMethods.has(method) && (body === undefined || body.isReplayable)

/** RFC 9110 section 9.2.2 */
const idempotentMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE'])
const chunked = { kind: 'chunked' } as const
const sendingLingerMs = 5000
