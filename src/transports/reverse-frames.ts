import { RelayError, type RelayReason } from './relay-error.js'
import { creditFrame, endFrame, openFrame, parseFrame, type RelayFrame, resetFrame } from './relay-frames.js'

/** The subprotocol by which a page serves a name: docs/relay-protocol.md, "A page that serves". */
export const reverseSubprotocol = 'webtls.reverse.v1'
/** By which a page shows that it comes again, as a subprotocol entry: this and 16 random bytes in base64url. */
export const resumeSubprotocolPrefix = 'webtls.resume.'

/** A frame of `webtls.relay.v1` behind the number of its stream; 0 is the registration itself. */
export interface ReverseFrame {
  readonly stream: number
  readonly frame: RelayFrame | { readonly type: 'ping' } | { readonly type: 'pong' }
}

/** Bytes before a frame's payload: the stream's number and the frame's type. */
export const reverseHeaderLength = 5
export const resumptionKeyLength = 16
const pingType = 6
const pongType = 7

/** Parses one message; a `data` frame's bytes are a view of it. */
export function parseReverseFrame(message: Uint8Array): ReverseFrame {
  if (message.byteLength < reverseHeaderLength) {
    throw new RelayError('protocol_error', `a message of ${message.byteLength} bytes is no frame`)
  }
  const stream = new DataView(message.buffer, message.byteOffset).getUint32(0)
  const type = message[4]
  if (type === pingType || type === pongType) {
    if (stream !== 0 || message.byteLength !== reverseHeaderLength) {
      throw new RelayError('protocol_error', 'a ping or pong frame is malformed')
    }
    return { stream, frame: { type: type === pingType ? 'ping' : 'pong' } }
  }
  return { stream, frame: parseFrame(message.subarray(4)) }
}

export const reverseCreditFrame = (stream: number, bytes: number) => inStream(stream, creditFrame(bytes))
export const reverseEndFrame = (stream: number) => inStream(stream, endFrame())
export const reverseResetFrame = (stream: number, reason: RelayReason, message: string) =>
  inStream(stream, resetFrame(reason, message))
export const pingFrame = () => inStream(0, Uint8Array.of(pingType))
export const pongFrame = () => inStream(0, Uint8Array.of(pongType))

/** Room for `length` bytes of data behind the header of a DATA frame. */
export function writeDataHeader(frame: Uint8Array<ArrayBuffer>, stream: number): void {
  new DataView(frame.buffer, frame.byteOffset).setUint32(0, stream)
  frame[4] = 2
}

/** What the relay tells of a registration, in OPEN of stream 0. */
export interface Registration {
  readonly id: string
  readonly maxDataLength: number
  /** How many bytes of data, of all streams together, the page may send before CREDIT of stream 0. */
  readonly credit: number
  /** The port at which the name is reached, 0 if the relay does not say. */
  readonly port: number
}

export function registrationFrame({ id, maxDataLength, credit, port }: Registration) {
  const rest = new Uint8Array(6)
  const view = new DataView(rest.buffer)
  view.setUint32(0, credit)
  view.setUint16(4, port)
  return inStream(0, openFrame(id, maxDataLength), rest)
}

export function readRegistration(frame: Extract<RelayFrame, { type: 'open' }>): Registration {
  const { connectionId: id, maxDataLength, rest } = frame
  if (rest.byteLength < 6) throw new RelayError('protocol_error', 'a registration is too short')
  const view = new DataView(rest.buffer, rest.byteOffset)
  return {
    id,
    maxDataLength: Math.max(1, maxDataLength),
    credit: view.getUint32(0),
    port: view.getUint16(4),
  }
}

/** A TCP client's connection, in OPEN of a new stream. */
export interface ArrivedConnection {
  readonly id: string
  readonly remoteAddress: string
  readonly remotePort: number
}

export function arrivalFrame(stream: number, arrived: ArrivedConnection, maxDataLength: number) {
  const address = new TextEncoder().encode(arrived.remoteAddress)
  const rest = new Uint8Array(3 + address.length)
  rest[0] = address.length
  rest.set(address, 1)
  new DataView(rest.buffer).setUint16(1 + address.length, arrived.remotePort)
  return inStream(stream, openFrame(arrived.id, maxDataLength), rest)
}

export function readArrival({ connectionId: id, rest }: Extract<RelayFrame, { type: 'open' }>): ArrivedConnection {
  const end = 1 + (rest[0] ?? 0)
  if (rest.byteLength < end + 2) throw new RelayError('protocol_error', 'an arrival is too short')
  return {
    id,
    remoteAddress: new TextDecoder().decode(rest.subarray(1, end)),
    remotePort: new DataView(rest.buffer, rest.byteOffset).getUint16(end),
  }
}

function inStream(stream: number, frame: Uint8Array, rest: Uint8Array = new Uint8Array(0)): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(4 + frame.length + rest.length)
  new DataView(message.buffer).setUint32(0, stream)
  message.set(frame, 4)
  message.set(rest, 4 + frame.length)
  return message
}
