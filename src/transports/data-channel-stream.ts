import type { DuplexStream } from '../connection/duplex-stream.js'
import { TlsError } from '../errors/tls-error.js'
import { checkedWindow, creditedStream, type LinkMessage, linkFailed } from './credited-stream.js'

/** What is used of an RTCDataChannel. */
export interface DataChannelLike {
  binaryType: string
  readonly readyState: string
  readonly bufferedAmount: number
  bufferedAmountLowThreshold: number
  readonly ordered: boolean
  readonly maxPacketLifeTime: number | null
  readonly maxRetransmits: number | null
  send(data: Uint8Array<ArrayBuffer>): void
  close(): void
  addEventListener(type: string, listener: (event: Event) => void): void
}

export interface DataChannelStreamOptions {
  /** How many bytes may wait for this end's reader. Default 1 MiB. */
  readonly receiveWindowBytes?: number
  /** The longest message that is sent. Default 16 KiB, which every browser takes; `sctp.maxMessageSize` is the most. */
  readonly maxMessageBytes?: number
  /** How many bytes the channel may hold unsent before writes wait. Default 1 MiB. */
  readonly sendBufferBytes?: number
}

/**
 * One connection over a WebRTC data channel, both of whose ends call this. The channel may still be opening; it has to
 * be ordered and reliable, as it is unless asked for otherwise. It belongs to the stream and is closed with it.
 * WebRTC has no backpressure of its own: a slow reader holds back the writer by credit, in a byte before each message.
 *
 * @throws TlsError `invalid_argument`
 */
export function dataChannelStream(channel: DataChannelLike, options: DataChannelStreamOptions = {}): DuplexStream {
  const { maxMessageBytes = 16 * 1024, sendBufferBytes = 1024 * 1024 } = options
  if (!channel.ordered || channel.maxPacketLifeTime !== null || channel.maxRetransmits !== null) {
    throw new TlsError('invalid_argument', 'the data channel must be ordered and reliable: TLS cannot bear a loss')
  }
  if (!(Number.isSafeInteger(maxMessageBytes) && maxMessageBytes >= 64)) {
    throw new TlsError('invalid_argument', `maxMessageBytes is at least 64, not ${maxMessageBytes}`)
  }
  if (!(Number.isSafeInteger(sendBufferBytes) && sendBufferBytes >= 1)) {
    throw new TlsError('invalid_argument', `sendBufferBytes must be a positive whole number, not ${sendBufferBytes}`)
  }
  let isClosed = false
  let goOn: (() => void) | undefined
  const stream = creditedStream(
    {
      maxDataLength: maxMessageBytes - 1,
      send: (message) => channel.send(encode(message)),
      ready(signal) {
        if (channel.bufferedAmount <= sendBufferBytes || isClosed) return undefined
        return new Promise<void>((resolve) => {
          goOn = () => {
            signal.removeEventListener('abort', resolveNow)
            resolve()
          }
          const resolveNow = () => goOn?.()
          signal.addEventListener('abort', resolveNow)
        })
      },
      close() {
        isClosed = true
        goOn?.()
        // what was sent still goes out: RFC 8831 section 6.7
        channel.close()
      },
    },
    checkedWindow(options.receiveWindowBytes),
  )

  channel.binaryType = 'arraybuffer'
  channel.bufferedAmountLowThreshold = Math.floor(sendBufferBytes / 4)
  channel.addEventListener('bufferedamountlow', () => goOn?.())
  channel.addEventListener('message', (event) => {
    if (isClosed) return
    const message = decode((event as MessageEvent<unknown>).data)
    if (message) stream.take(message)
    else stream.fail(linkFailed('the other end sent what it must not'))
  })
  channel.addEventListener('error', (event) => {
    const { error } = event as { readonly error?: Error }
    stream.fail(linkFailed(`the data channel failed: ${error?.message ?? 'unknown error'}`, error))
  })
  channel.addEventListener('close', () =>
    stream.fail(linkFailed('the data channel closed before both sides had ended')),
  )
  channel.addEventListener('open', () => stream.start())
  if (channel.readyState === 'open') stream.start()
  if (channel.readyState === 'closing' || channel.readyState === 'closed') {
    stream.fail(linkFailed('the data channel is closed'))
  }
  return { readable: stream.readable, writable: stream.writable }
}

function encode(message: LinkMessage): Uint8Array<ArrayBuffer> {
  const type = types.indexOf(message.kind)
  if (message.kind === 'data') return withType(type, message.data)
  if (message.kind === 'abort') return withType(type, new TextEncoder().encode(message.message))
  if (message.kind !== 'credit') return Uint8Array.of(type)
  const frame = new Uint8Array(5)
  frame[0] = type
  new DataView(frame.buffer).setUint32(1, message.bytes)
  return frame
}

function withType(type: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(1 + content.byteLength)
  frame[0] = type
  frame.set(content, 1)
  return frame
}

/** @returns undefined for what no such stream sends */
function decode(data: unknown): LinkMessage | undefined {
  if (!(data instanceof ArrayBuffer) || data.byteLength === 0) return undefined
  const view = new DataView(data)
  const kind = types[view.getUint8(0)]
  switch (kind) {
    case 'data':
      return { kind, data: new Uint8Array(data, 1) }
    case 'abort':
      return { kind, message: new TextDecoder().decode(new Uint8Array(data, 1, Math.min(data.byteLength - 1, 200))) }
    case 'credit':
      return data.byteLength === 5 && view.getUint32(1) > 0 ? { kind, bytes: view.getUint32(1) } : undefined
    case undefined:
      return undefined
    default:
      return data.byteLength === 1 ? { kind } : undefined
  }
}

/** By the first byte of a message. */
const types: readonly LinkMessage['kind'][] = ['data', 'credit', 'end', 'stop', 'abort']
