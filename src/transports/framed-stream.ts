import type { DuplexStream } from '../connection/duplex-stream.js'
import { TlsError } from '../errors/tls-error.js'
import { closeCode, RelayError, type RelayReason } from './relay-error.js'
import {
  creditFrame,
  endFrame,
  FrameType,
  initialCredit,
  parseFrame,
  type RelayFrame,
  resetFrame,
} from './relay-frames.js'
import {
  closeError,
  closeReason,
  drained,
  messageBytes,
  readyState,
  relayFailed,
  type WebSocketLike,
} from './web-socket-like.js'

export interface FramedStreamOptions {
  /** How many bytes the relay may send ahead of the reader. Default 1 MiB, at least 64 KiB. */
  readonly receiveWindowBytes?: number
  /** How many bytes the WebSocket may hold unsent, whatever credit the relay gave. Default 4 MiB. */
  readonly sendBufferBytes?: number
}

export interface FramedStream extends DuplexStream {
  /** The relay has reached the target: its name for this connection. Rejects with the reason why not. */
  readonly opened: Promise<string>
  /** Ends it at once, as an error of both streams. */
  abort(error: TlsError): void
}

/**
 * The client's side of `webtls.relay.v1` over a WebSocket that is open: credit in both directions, half-close, typed
 * errors. docs/relay-protocol.md is the contract.
 */
export function framedStream(socket: WebSocketLike, options: FramedStreamOptions = {}): FramedStream {
  const receiveWindow = Math.max(options.receiveWindowBytes ?? 1024 * 1024, initialCredit)
  const sendBuffer = options.sendBufferBytes ?? 4 * 1024 * 1024
  let source: ReadableStreamDefaultController<Uint8Array>
  let sink: WritableStreamDefaultController
  let reading: 'open' | 'ended' | 'cancelled' = 'open'
  let hasEnded = false
  let failure: TlsError | undefined
  let sendCredit = initialCredit
  let maxDataLength = initialCredit
  let granted = initialCredit
  let frame = new Uint8Array(0)
  let writeOn: (() => void) | undefined
  let settleOpened: { resolve(id: string): void; reject(error: TlsError): void } = { resolve() {}, reject() {} }

  const opened = new Promise<string>((resolve, reject) => {
    settleOpened = { resolve, reject }
  })
  // a caller may look at the streams alone
  opened.catch(() => undefined)

  const letWriteOn = () => {
    writeOn?.()
    writeOn = undefined
  }
  const fail = (error: TlsError) => {
    if (failure !== undefined) return
    failure = error
    settleOpened.reject(error)
    if (reading === 'open') source.error(error)
    reading = 'ended'
    sink.error(error)
    letWriteOn()
  }
  const reset = (reason: RelayReason, error: TlsError) => {
    if (socket.readyState === readyState.open) socket.send(resetFrame(reason, error.message))
    socket.close(closeCode(reason), closeReason(error.message))
    fail(error)
  }
  const closeWhenBothEnded = () => {
    if (hasEnded && reading !== 'open') socket.close(1000)
  }
  /** Gives back what the reader took, in portions of half a window, so that few frames are needed for it. */
  const grant = () => {
    const free = reading === 'cancelled' ? receiveWindow : (source.desiredSize ?? 0)
    const bytes = free - granted
    if (bytes < receiveWindow / 2 || reading === 'ended' || socket.readyState !== readyState.open) return
    granted += bytes
    socket.send(creditFrame(bytes))
  }

  const take = (received: RelayFrame) => {
    switch (received.type) {
      case 'data':
        granted -= received.data.byteLength
        if (granted < 0 || reading === 'ended')
          throw new RelayError('protocol_error', 'data without credit or after end')
        if (reading === 'cancelled') grant()
        else if (received.data.byteLength > 0) source.enqueue(received.data)
        return
      case 'credit':
        sendCredit += received.bytes
        return letWriteOn()
      case 'open':
        maxDataLength = Math.max(1, received.maxDataLength)
        return settleOpened.resolve(received.connectionId)
      case 'end':
        if (reading === 'open') source.close()
        reading = 'ended'
        return closeWhenBothEnded()
      case 'reset':
        fail(relayFailed(received.reason, received.message))
        return socket.close(1000)
    }
  }

  socket.addEventListener('message', ({ data }) => {
    if (failure !== undefined) return
    const bytes = messageBytes(data)
    try {
      if (bytes === undefined) throw new RelayError('protocol_error', 'a text message')
      take(parseFrame(bytes))
    } catch (cause) {
      const what = cause instanceof Error ? cause.message : String(cause)
      reset('protocol_error', relayFailed('protocol_error', `the relay sent what it must not: ${what}`))
    }
  })
  socket.addEventListener('close', (event) => {
    const lost = () => relayFailed('relay_lost', 'the WebSocket closed before both sides had ended')
    const isDone = hasEnded && reading !== 'open'
    fail(isDone ? new TlsError('closed', 'the connection is closed') : (closeError(event) ?? lost()))
  })

  const readable = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        source = controller
      },
      pull: grant,
      cancel() {
        reading = 'cancelled'
        if (hasEnded) socket.close(1000)
        else grant()
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: receiveWindow }),
  )

  const writable = new WritableStream<Uint8Array>({
    start(controller) {
      sink = controller
      controller.signal.addEventListener('abort', letWriteOn)
    },
    async write(chunk, controller) {
      for (let offset = 0; offset < chunk.byteLength; ) {
        while (sendCredit === 0 && failure === undefined && !controller.signal.aborted) {
          await new Promise<void>((resolve) => {
            writeOn = resolve
          })
        }
        if (failure !== undefined || controller.signal.aborted) return
        const length = Math.min(sendCredit, maxDataLength, chunk.byteLength - offset)
        if (frame.byteLength < 1 + length) frame = new Uint8Array(1 + length)
        frame[0] = FrameType.data
        frame.set(chunk.subarray(offset, offset + length), 1)
        // send() copies, so the one buffer serves all frames
        socket.send(frame.subarray(0, 1 + length))
        sendCredit -= length
        offset += length
        if (socket.bufferedAmount > sendBuffer) await drained(socket, sendBuffer, controller.signal)
      }
    },
    close() {
      hasEnded = true
      if (socket.readyState === readyState.open) socket.send(endFrame())
      closeWhenBothEnded()
    },
    abort(reason) {
      reset('reset', new TlsError('closed', 'the connection was aborted on this side', { cause: reason }))
    },
  })

  return { readable, writable, opened, abort: (error) => reset('reset', error) }
}
