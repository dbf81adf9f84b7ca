import { RelayError, type RelayReason, relayReason, relayReasons } from './relay-error.js'

/** The subprotocol that docs/relay-protocol.md describes: one frame is one binary WebSocket message. */
export const framedSubprotocol = 'webtls.relay.v1'
/** What the plain byte pipe may be called, as websockify does. */
export const plainSubprotocol = 'binary'
/** A bearer token travels as a subprotocol entry, since a page can set no header: this and its base64url. */
export const tokenSubprotocolPrefix = 'webtls.token.'

/** How many bytes of data each side may send before it has received any credit. */
export const initialCredit = 65536

export const FrameType = { open: 1, data: 2, credit: 3, end: 4, reset: 5 } as const

export type RelayFrame =
  | {
      readonly type: 'open'
      readonly connectionId: string
      readonly maxDataLength: number
      /** What this version of the protocol leaves to others. */
      readonly rest: Uint8Array
    }
  | { readonly type: 'data'; readonly data: Uint8Array }
  | { readonly type: 'credit'; readonly bytes: number }
  | { readonly type: 'end' }
  | { readonly type: 'reset'; readonly reason: RelayReason; readonly message: string }

/** Parses one message; a `data` frame's bytes are a view of it. */
export function parseFrame(message: Uint8Array): RelayFrame {
  const type = message[0]
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength)
  switch (type) {
    case FrameType.data:
      return { type: 'data', data: message.subarray(1) }
    case FrameType.credit:
      if (message.byteLength !== 5) throw malformed('credit', message)
      return { type: 'credit', bytes: view.getUint32(1) }
    case FrameType.end:
      if (message.byteLength !== 1) throw malformed('end', message)
      return { type: 'end' }
    case FrameType.reset:
      if (message.byteLength < 2) throw malformed('reset', message)
      return { type: 'reset', reason: relayReason(view.getUint8(1)), message: decoder.decode(message.subarray(2)) }
    case FrameType.open: {
      if (message.byteLength < 6) throw malformed('open', message)
      const end = 6 + view.getUint8(5)
      // what follows the id is left for later versions
      if (message.byteLength < end) throw malformed('open', message)
      return {
        type: 'open',
        maxDataLength: view.getUint32(1),
        connectionId: decoder.decode(message.subarray(6, end)),
        rest: message.subarray(end),
      }
    }
    default:
      throw new RelayError('protocol_error', `unknown frame type ${type ?? '(empty message)'}`)
  }
}

export function openFrame(connectionId: string, maxDataLength: number): Uint8Array<ArrayBuffer> {
  const id = encoder.encode(connectionId)
  const frame = new Uint8Array(6 + id.length)
  frame[0] = FrameType.open
  new DataView(frame.buffer).setUint32(1, maxDataLength)
  frame[5] = id.length
  frame.set(id, 6)
  return frame
}

export function creditFrame(bytes: number): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(5)
  frame[0] = FrameType.credit
  new DataView(frame.buffer).setUint32(1, bytes)
  return frame
}

export function endFrame(): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(FrameType.end)
}

export function resetFrame(reason: RelayReason, message: string): Uint8Array<ArrayBuffer> {
  const text = encoder.encode(message)
  const frame = new Uint8Array(2 + text.length)
  frame[0] = FrameType.reset
  frame[1] = relayReasons[reason]
  frame.set(text, 2)
  return frame
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

function malformed(type: string, message: Uint8Array): RelayError {
  return new RelayError('protocol_error', `a ${type} frame of ${message.byteLength} bytes is malformed`)
}
