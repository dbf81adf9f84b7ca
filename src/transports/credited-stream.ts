import type { DuplexStream } from '../connection/duplex-stream.js'
import { TlsError } from '../errors/tls-error.js'

/** What two ends tell each other over a link that carries messages and cannot hold them back. */
export type LinkMessage =
  | { readonly kind: 'data'; readonly data: Uint8Array }
  /** So many more bytes of data may be sent. */
  | { readonly kind: 'credit'; readonly bytes: number }
  /** No more data will come. */
  | { readonly kind: 'end' }
  /** No more data is wanted. */
  | { readonly kind: 'stop' }
  /** The writing side was aborted. */
  | { readonly kind: 'abort'; readonly message: string }

/** A way to the other end: messages in order, none lost. */
export interface MessageLink {
  /** May throw: then the link is broken. */
  send(message: LinkMessage): void
  /** Resolves when more may be handed to the link. */
  ready(signal: AbortSignal): Promise<void> | undefined
  /** Both directions are done, or the link is of no use any more. */
  close(): void
  /** The longest data of one message, in bytes. */
  readonly maxDataLength: number
}

/** What the link's owner tells its stream. */
export interface CreditedStream extends DuplexStream {
  /** A message has come. What may not come ends the stream. */
  take(message: LinkMessage): void
  /** The link is there: the first credit goes out. */
  start(): void
  /** The link is gone. Without effect once both directions are done. */
  fail(error: TlsError): void
}

/**
 * Bytes over messages with credit: an end sends no more than the other has asked for, so that what waits is bounded by
 * `windowBytes` in each direction, however slow the reader is. The directions end apart, as in `memoryDuplexPair`.
 */
export function creditedStream(link: MessageLink, windowBytes: number): CreditedStream {
  let source: ReadableStreamDefaultController<Uint8Array>
  let sink: WritableStreamDefaultController
  let reading: 'open' | 'done' = 'open'
  let writing: 'open' | 'done' = 'open'
  let isStarted = false
  let failure: TlsError | undefined
  let writeFailure: TlsError | undefined
  /** What the other end may still send, and what this end may. */
  let granted = 0
  let credit = 0
  let writeOn: (() => void) | undefined

  const letWriteOn = () => {
    writeOn?.()
    writeOn = undefined
  }
  const closeWhenDone = () => {
    if (reading === 'done' && writing === 'done') link.close()
  }
  const endReading = (error?: TlsError) => {
    if (reading === 'done') return
    reading = 'done'
    if (error) source.error(error)
    else source.close()
  }
  const endWriting = (error: TlsError) => {
    if (writing === 'done') return
    writing = 'done'
    writeFailure = error
    sink.error(error)
    letWriteOn()
  }
  const fail = (error: TlsError) => {
    if (!failure) {
      try {
        // the other end may have no other way to know
        link.send({ kind: 'abort', message: error.code })
        link.send({ kind: 'stop' })
      } catch {
        // it was the link that failed
      }
    }
    failure ??= error
    endReading(error)
    endWriting(error)
    link.close()
  }
  const send = (message: LinkMessage) => {
    if (failure) return
    try {
      link.send(message)
    } catch (cause) {
      fail(linkFailed('a message could not be sent', cause))
    }
  }
  /** In portions of half a window, so that few messages are needed for it. */
  const grant = () => {
    if (!isStarted || reading === 'done') return
    const bytes = (source.desiredSize ?? 0) - granted
    if (bytes < windowBytes / 2) return
    granted += bytes
    send({ kind: 'credit', bytes })
  }

  const take = (message: LinkMessage) => {
    switch (message.kind) {
      case 'data':
        // after this end has stopped reading, what was on its way is dropped
        if (reading === 'done') return
        granted -= message.data.byteLength
        if (granted < 0) return fail(linkFailed('the other end sent more than it was asked for'))
        if (message.data.byteLength > 0) source.enqueue(message.data)
        return
      case 'credit':
        credit = Math.min(credit + message.bytes, Number.MAX_SAFE_INTEGER)
        return letWriteOn()
      case 'end':
        endReading()
        return closeWhenDone()
      case 'stop':
        endWriting(new TlsError('closed', 'the other end stopped reading'))
        return closeWhenDone()
      case 'abort':
        endReading(linkFailed(`the other end gave up: ${message.message}`))
        return closeWhenDone()
    }
  }

  const readable = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        source = controller
      },
      pull: grant,
      cancel() {
        if (reading === 'done') return
        reading = 'done'
        send({ kind: 'stop' })
        closeWhenDone()
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: windowBytes }),
  )

  const writable = new WritableStream<Uint8Array>({
    start(controller) {
      sink = controller
      controller.signal.addEventListener('abort', letWriteOn)
    },
    async write(chunk, controller) {
      for (let offset = 0; offset < chunk.byteLength; ) {
        while (credit === 0 && writing === 'open' && !controller.signal.aborted) {
          await new Promise<void>((resolve) => {
            writeOn = resolve
          })
        }
        // not all of it was sent
        if (writing === 'done' || controller.signal.aborted) throw writeFailure ?? cutShort()
        const length = Math.min(credit, link.maxDataLength, chunk.byteLength - offset)
        credit -= length
        send({ kind: 'data', data: chunk.subarray(offset, offset + length) })
        offset += length
        await link.ready(controller.signal)
      }
    },
    close() {
      writing = 'done'
      send({ kind: 'end' })
      closeWhenDone()
    },
    abort(reason) {
      writing = 'done'
      // the reason itself may be no one else's business
      send({ kind: 'abort', message: reason instanceof TlsError ? reason.code : 'aborted' })
      closeWhenDone()
    },
  })

  return {
    readable,
    writable,
    take,
    fail: (error) => {
      if (reading === 'open' || writing === 'open') fail(error)
    },
    start() {
      isStarted = true
      grant()
    },
  }
}

function cutShort(): TlsError {
  return new TlsError('closed', 'the stream was aborted on this side')
}

export function linkFailed(message: string, cause?: unknown): TlsError {
  return new TlsError('transport_failed', message, cause === undefined ? {} : { cause })
}

/** How many bytes may wait for a reader, where nothing else is said. */
export const defaultWindowBytes = 1024 * 1024

/** @throws TlsError `invalid_argument` */
export function checkedWindow(windowBytes: number = defaultWindowBytes): number {
  if (Number.isSafeInteger(windowBytes) && windowBytes >= 1 && windowBytes <= maxWindowBytes) return windowBytes
  throw new TlsError('invalid_argument', `receiveWindowBytes is 1 to ${maxWindowBytes}, not ${windowBytes}`)
}

const maxWindowBytes = 256 * 1024 * 1024
