import type { WispCloseReason } from './close-reason.js'
import { WispError } from './wisp-error.js'

/** Wisp 1.2: a packet is one binary WebSocket message, its integers little-endian. */
export type WispPacket =
  | {
      readonly type: 'connect'
      readonly stream: number
      readonly streamType: number
      readonly port: number
      /** `undefined`: what stood there is no UTF-8. */
      readonly hostname: string | undefined
    }
  | { readonly type: 'data'; readonly stream: number; readonly data: Uint8Array }
  /** So many packets of data may be sent; it takes the place of what was said before. */
  | { readonly type: 'continue'; readonly stream: number; readonly packets: number }
  | { readonly type: 'close'; readonly stream: number; readonly reason: number }
  /** A type that Wisp 1.2 does not have. */
  | { readonly type: 'unknown'; readonly stream: number; readonly number: number }

export const WispPacketType = { connect: 0x01, data: 0x02, continue: 0x03, close: 0x04 } as const
export const WispStreamType = { tcp: 0x01, udp: 0x02 } as const

/** Bytes before the payload: type and stream. */
export const wispHeaderLength = 5

/** Parses one message; a `data` packet's bytes are a view of it. Throws a WispError `protocol_error`. */
export function parseWispPacket(message: Uint8Array): WispPacket {
  const length = message.byteLength
  if (length < wispHeaderLength) throw new WispError('protocol_error', `a message of ${length} bytes is no packet`)
  const view = new DataView(message.buffer, message.byteOffset, length)
  const number = view.getUint8(0)
  const stream = view.getUint32(1, true)
  switch (number) {
    case WispPacketType.data:
      return { type: 'data', stream, data: message.subarray(wispHeaderLength) }
    case WispPacketType.continue:
      if (length !== wispHeaderLength + 4) throw malformed('CONTINUE', length)
      return { type: 'continue', stream, packets: view.getUint32(wispHeaderLength, true) }
    case WispPacketType.close:
      if (length !== wispHeaderLength + 1) throw malformed('CLOSE', length)
      return { type: 'close', stream, reason: view.getUint8(wispHeaderLength) }
    case WispPacketType.connect: {
      // too short for what it must say: a server answers it as it answers any other that it cannot use
      if (length < wispHeaderLength + 3) return { type: 'connect', stream, streamType: 0, port: 0, hostname: undefined }
      const streamType = view.getUint8(wispHeaderLength)
      const port = view.getUint16(wispHeaderLength + 1, true)
      return {
        type: 'connect',
        stream,
        streamType,
        port,
        hostname: readHostname(message.subarray(wispHeaderLength + 3)),
      }
    }
    default:
      return { type: 'unknown', stream, number }
  }
}

export function connectPacket(stream: number, hostname: string, port: number, streamType: number = WispStreamType.tcp) {
  const name = encoder.encode(hostname)
  const packet = begin(WispPacketType.connect, stream, 3 + name.length)
  packet[wispHeaderLength] = streamType
  new DataView(packet.buffer).setUint16(wispHeaderLength + 1, port, true)
  packet.set(name, wispHeaderLength + 3)
  return packet
}

export function continuePacket(stream: number, packets: number) {
  const packet = begin(WispPacketType.continue, stream, 4)
  new DataView(packet.buffer).setUint32(wispHeaderLength, packets, true)
  return packet
}

export function closePacket(stream: number, reason: WispCloseReason) {
  const packet = begin(WispPacketType.close, stream, 1)
  packet[wispHeaderLength] = reason
  return packet
}

export function dataPacket(stream: number, data: Uint8Array) {
  const packet = begin(WispPacketType.data, stream, data.byteLength)
  packet.set(data, wispHeaderLength)
  return packet
}

/** Into the bytes before the data of a packet that is there already. */
export function writeDataHeader(packet: Uint8Array, stream: number): void {
  packet[0] = WispPacketType.data
  new DataView(packet.buffer, packet.byteOffset).setUint32(1, stream, true)
}

function begin(type: number, stream: number, payloadLength: number): Uint8Array<ArrayBuffer> {
  const packet = new Uint8Array(wispHeaderLength + payloadLength)
  packet[0] = type
  new DataView(packet.buffer).setUint32(1, stream, true)
  return packet
}

function readHostname(bytes: Uint8Array): string | undefined {
  // no name is longer, and what a message holds may be
  if (bytes.byteLength > maxHostnameBytes) return undefined
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

function malformed(name: string, length: number): WispError {
  return new WispError('protocol_error', `a ${name} packet of ${length} bytes is malformed`)
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
/** A name has 253 characters in ASCII; the four bytes of one outside may have become a single one. */
export const maxHostnameBytes = 1024
