import type { DuplexStream } from '../connection/duplex-stream.js'
import { TlsError } from '../errors/tls-error.js'
import { RelayError, type RelayReason } from './relay-error.js'
import { initialCredit, type RelayFrame } from './relay-frames.js'
import { relayFailed } from './web-socket-like.js'

/** What carries a stream's frames: a WebSocket of its own, or one that many streams share. */
export interface RelayedLink {
  /**
   * Takes up to `wanted` bytes, more than none, of what the link can carry now, waiting for it if need be; 0 when
   * `signal` ends the wait. What was taken is sent at once, or given back by `unclaim`.
   */
  claim(wanted: number, signal: AbortSignal): number | Promise<number>
  unclaim(bytes: number): void
  /** Copies the bytes; a promise makes the writer wait. */
  sendData(bytes: Uint8Array): void | Promise<void>
  sendCredit(bytes: number): void
  sendEnd(): void
  sendReset(reason: RelayReason, message: string): void
  /** Nothing is sent or taken any more; after a RESET whichever side sent it, after END on this side otherwise. */
  finished(how: 'ended' | 'unread' | 'reset'): void
}

export interface RelayedStream extends DuplexStream {
  /** One frame from the relay. Throws a RelayError for one that must not be. */
  take(frame: RelayFrame): void
  /** Ends it as an error of both streams, without a word to the relay. */
  fail(error: TlsError): void
  /** The same, and tells the relay. */
  reset(reason: RelayReason, error: TlsError): void
  /** This side has sent END, and the reader has come to the relay's END or wants no more. */
  isDone(): boolean
}

/**
 * One connection's DATA, CREDIT, END and RESET as a pair of streams: docs/relay-protocol.md, "The course of a
 * connection", from the side that is not the relay.
 */
export function relayedStream(link: RelayedLink, receiveWindow: number): RelayedStream {
  /** Ends what a write waits for. */
  const waits = new AbortController()
  let isOver = false
  let failure: TlsError | undefined
  let source: ReadableStreamDefaultController<Uint8Array>
  let sink: WritableStreamDefaultController
  let reading: 'open' | 'ended' | 'cancelled' = 'open'
  let hasEnded = false
  let sendCredit = initialCredit
  let granted = initialCredit
  let writeOn: (() => void) | undefined

  const letWriteOn = () => {
    writeOn?.()
    writeOn = undefined
  }
  const stopWaiting = () => {
    waits.abort()
    letWriteOn()
  }
  const fail = (error: TlsError) => {
    if (isOver) return
    isOver = true
    failure = error
    if (reading === 'open') source.error(error)
    reading = 'ended'
    sink.error(error)
    stopWaiting()
  }
  const reset = (reason: RelayReason, error: TlsError) => {
    if (isOver) return
    link.sendReset(reason, error.message)
    fail(error)
    link.finished('reset')
  }
  const isDone = () => hasEnded && reading !== 'open'
  const finishWhenDone = () => {
    if (isDone()) link.finished(reading === 'cancelled' ? 'unread' : 'ended')
  }
  /** Gives back what the reader took, in portions of half a window, so that few frames are needed for it. */
  const grant = () => {
    const free = reading === 'cancelled' ? receiveWindow : (source.desiredSize ?? 0)
    const bytes = free - granted
    if (bytes < receiveWindow / 2 || reading === 'ended' || isOver) return
    granted += bytes
    link.sendCredit(bytes)
  }

  const take = (frame: RelayFrame) => {
    if (isOver) return
    switch (frame.type) {
      case 'data':
        granted -= frame.data.byteLength
        if (granted < 0 || reading === 'ended')
          throw new RelayError('protocol_error', 'data without credit or after end')
        if (reading === 'cancelled') grant()
        else if (frame.data.byteLength > 0) source.enqueue(frame.data)
        break
      case 'credit':
        sendCredit += frame.bytes
        letWriteOn()
        break
      case 'end':
        if (reading === 'open') source.close()
        reading = 'ended'
        finishWhenDone()
        break
      case 'reset':
        fail(relayFailed(frame.reason, frame.message))
        link.finished('reset')
        break
      default:
        throw new RelayError('protocol_error', `an ${frame.type} frame in a connection`)
    }
  }

  const readable = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        source = controller
      },
      pull: grant,
      cancel() {
        reading = 'cancelled'
        if (hasEnded) finishWhenDone()
        else grant()
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: receiveWindow }),
  )

  const writable = new WritableStream<Uint8Array>({
    start(controller) {
      sink = controller
      // abort() waits for the write in flight, which may be waiting for credit that never comes
      controller.signal.addEventListener('abort', stopWaiting)
    },
    async write(chunk) {
      for (let offset = 0; offset < chunk.byteLength; ) {
        while (sendCredit === 0 && !waits.signal.aborted) {
          await new Promise<void>((resolve) => {
            writeOn = resolve
          })
        }
        if (waits.signal.aborted) throw failure ?? cutShort()
        const claimed = link.claim(Math.min(sendCredit, chunk.byteLength - offset), waits.signal)
        const length = typeof claimed === 'number' ? claimed : await claimed
        if (waits.signal.aborted) {
          link.unclaim(length)
          throw failure ?? cutShort()
        }
        sendCredit -= length
        const sent = link.sendData(chunk.subarray(offset, offset + length))
        offset += length
        if (sent !== undefined) await sent
      }
    },
    close() {
      hasEnded = true
      link.sendEnd()
      finishWhenDone()
    },
    abort(reason) {
      reset('reset', new TlsError('closed', 'the connection was aborted on this side', { cause: reason }))
    },
  })

  return { readable, writable, take, fail, reset, isDone }
}

/** A write that is in flight when the stream is aborted: not all of it was sent. */
function cutShort(): TlsError {
  return new TlsError('closed', 'the connection was aborted on this side')
}
