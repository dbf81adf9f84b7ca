import type { DuplexStream } from '../connection/duplex-stream.js'
import { TlsError } from '../errors/tls-error.js'
import { closeError, drained, messageBytes, readyState, relayFailed, type WebSocketLike } from './web-socket-like.js'

export interface WebSocketStreamOptions {
  /** How many received bytes may wait for the reader before the connection is given up. Default 64 MiB. */
  readonly maxBufferedBytes?: number
  /** How many bytes the WebSocket may hold unsent before writes wait. Default 4 MiB. */
  readonly sendBufferBytes?: number
}

/**
 * A WebSocket as a plain byte pipe: each binary message is bytes, as with wsproxy and websockify. A WebSocket can
 * neither push back nor half-close, so a reader that falls `maxBufferedBytes` behind ends the connection with an
 * error (`overflow`), and closing `writable` closes the WebSocket only once `readable` has ended or was cancelled.
 * `dialWebSocketRelay` has neither limit.
 */
export function webSocketStream(socket: WebSocketLike, options: WebSocketStreamOptions = {}): DuplexStream {
  const maxBuffered = options.maxBufferedBytes ?? 64 * 1024 * 1024
  const sendBuffer = options.sendBufferBytes ?? 4 * 1024 * 1024
  let source: ReadableStreamDefaultController<Uint8Array>
  let sink: WritableStreamDefaultController
  let reading: 'open' | 'ended' | 'cancelled' = 'open'
  let hasEnded = false
  let isClosed = false
  let settleStart: { resolve(): void; reject(error: TlsError): void } = { resolve() {}, reject() {} }

  const fail = (error: TlsError) => {
    if (reading === 'open') source.error(error)
    reading = 'ended'
    sink.error(error)
    settleStart.reject(error)
  }

  socket.binaryType = 'arraybuffer'
  socket.addEventListener('open', () => settleStart.resolve())
  socket.addEventListener('message', ({ data }) => {
    if (reading !== 'open') return
    const bytes = messageBytes(data)
    if (bytes === undefined) {
      fail(relayFailed('protocol_error', 'the relay sent a text message where only bytes belong'))
      return socket.close(1000)
    }
    if (bytes.byteLength === 0) return
    source.enqueue(bytes)
    if ((source.desiredSize ?? 0) < 0) {
      fail(relayFailed('overflow', `the reader fell more than ${maxBuffered} bytes behind`))
      socket.close(1000)
    }
  })
  // a failure to connect is an error without a word, then a close with 1006
  socket.addEventListener('error', () => undefined)
  socket.addEventListener('close', (event) => {
    const error = closeError(event)
    if (error !== undefined) {
      fail(error)
      return
    }
    isClosed = true
    if (reading === 'open') source.close()
    reading = 'ended'
    // the writer is told by its next write alone: one who wants to write no more has lost nothing
    settleStart.reject(closed())
  })

  const readable = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        source = controller
      },
      cancel() {
        reading = 'cancelled'
        if (hasEnded) socket.close(1000)
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: maxBuffered }),
  )

  const writable = new WritableStream<Uint8Array>({
    start(controller) {
      sink = controller
      if (socket.readyState !== readyState.connecting) return
      return new Promise<void>((resolve, reject) => {
        settleStart = { resolve, reject }
      })
    },
    async write(chunk, controller) {
      if (isClosed) throw closed()
      socket.send(chunk as Uint8Array<ArrayBuffer>)
      await drained(socket, sendBuffer, controller.signal)
      // not all of it was sent
      if (isClosed && socket.bufferedAmount > 0) throw closed()
    },
    close() {
      hasEnded = true
      if (reading !== 'open') socket.close(1000)
    },
    abort(reason) {
      socket.close(1000)
      fail(new TlsError('closed', 'the connection was aborted on this side', { cause: reason }))
    },
  })

  if (socket.readyState >= readyState.closing) fail(new TlsError('closed', 'the WebSocket is closed'))
  return { readable, writable }
}

function closed(): TlsError {
  return new TlsError('closed', 'the connection is closed')
}
