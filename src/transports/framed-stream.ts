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
import { relayedStream } from './relayed-stream.js'
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
  const over = new AbortController()
  let maxDataLength = initialCredit
  let frame = new Uint8Array(0)
  let isOver = false
  let settleOpened: { resolve(id: string): void; reject(error: TlsError): void } = { resolve() {}, reject() {} }

  const opened = new Promise<string>((resolve, reject) => {
    settleOpened = { resolve, reject }
  })
  // a caller may look at the streams alone
  opened.catch(() => undefined)

  const send = (frame: Uint8Array<ArrayBuffer>) => {
    if (socket.readyState === readyState.open) socket.send(frame)
  }
  const stream = relayedStream(
    {
      claim: (wanted) => Math.min(wanted, maxDataLength),
      unclaim: () => undefined,
      sendData(bytes) {
        const length = bytes.byteLength
        if (frame.byteLength < 1 + length) frame = new Uint8Array(1 + length)
        frame[0] = FrameType.data
        frame.set(bytes, 1)
        // send() copies, so the one buffer serves all frames
        socket.send(frame.subarray(0, 1 + length))
        if (socket.bufferedAmount > sendBuffer) return drained(socket, sendBuffer, over.signal)
      },
      sendCredit: (bytes) => send(creditFrame(bytes)),
      sendEnd: () => send(endFrame()),
      sendReset(reason, message) {
        send(resetFrame(reason, message))
        socket.close(closeCode(reason), closeReason(message))
      },
      finished() {
        over.abort()
        socket.close(1000)
      },
    },
    receiveWindow,
  )
  const fail = (error: TlsError) => {
    if (isOver) return
    isOver = true
    over.abort()
    settleOpened.reject(error)
    stream.fail(error)
  }
  const reset = (reason: RelayReason, error: TlsError) => {
    settleOpened.reject(error)
    stream.reset(reason, error)
    isOver = true
  }
  const take = (received: RelayFrame) => {
    if (received.type === 'open') {
      maxDataLength = Math.max(1, received.maxDataLength)
      settleOpened.resolve(received.connectionId)
      return
    }
    if (received.type === 'reset') settleOpened.reject(relayFailed(received.reason, received.message))
    stream.take(received)
  }

  socket.addEventListener('message', ({ data }) => {
    if (isOver) return
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
    fail(stream.isDone() ? new TlsError('closed', 'the connection is closed') : (closeError(event) ?? lost()))
  })

  const { readable, writable } = stream
  return { readable, writable, opened, abort: (error) => reset('reset', error) }
}
