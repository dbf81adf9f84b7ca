import type { CapturedPacket } from './pcapng.js'

/** Bytes of one direction of a connection, at a time. */
export interface CapturedSegment {
  readonly from: 'client' | 'server'
  /** Milliseconds since 1970. */
  readonly time: number
  readonly bytes: Uint8Array
}

export interface TcpPorts {
  readonly client: number
  readonly server: number
}

/** RFC 5737: addresses for examples, which nobody has. */
export const syntheticAddress = { client: [192, 0, 2, 1], server: [192, 0, 2, 2] } as const

/**
 * The TCP connection that could have carried these bytes, as raw IPv4 packets: its handshake, the bytes in segments,
 * its end. Addresses, sequence numbers and packet sizes are made up; only bytes, order and times are real.
 */
export function tcpPackets(segments: readonly CapturedSegment[], ports: TcpPorts): CapturedPacket[] {
  const packets: CapturedPacket[] = []
  const sequence = { client: 1000, server: 5000 }
  const send = (from: 'client' | 'server', flags: number, time: number, payload: Uint8Array = new Uint8Array(0)) => {
    const to = from === 'client' ? 'server' : 'client'
    const acknowledged = flags & acknowledge ? sequence[to] : 0
    packets.push({
      time,
      bytes: ipv4(from, to, tcp(ports[from], ports[to], sequence[from], acknowledged, flags), payload),
    })
    sequence[from] += payload.length + (flags & (synchronize | finish) ? 1 : 0)
  }
  const start = segments[0]?.time ?? 0
  send('client', synchronize, start)
  send('server', synchronize | acknowledge, start)
  send('client', acknowledge, start)
  for (const { from, time, bytes } of segments) {
    for (let offset = 0; offset < bytes.length; offset += segmentLength) {
      send(from, acknowledge | push, time, bytes.subarray(offset, offset + segmentLength))
    }
  }
  const end = segments.at(-1)?.time ?? start
  send('client', finish | acknowledge, end)
  send('server', finish | acknowledge, end)
  send('client', acknowledge, end)
  return packets
}

/** RFC 9293 section 3.1, the checksum not yet filled in. */
function tcp(source: number, destination: number, sequence: number, acknowledged: number, flags: number): DataView {
  const header = new DataView(new ArrayBuffer(20))
  header.setUint16(0, source)
  header.setUint16(2, destination)
  header.setUint32(4, sequence)
  header.setUint32(8, acknowledged)
  header.setUint8(12, 5 << 4)
  header.setUint8(13, flags)
  header.setUint16(14, 0xffff)
  return header
}

/** RFC 791 section 3.1 */
function ipv4(from: 'client' | 'server', to: 'client' | 'server', header: DataView, payload: Uint8Array): Uint8Array {
  const packet = new Uint8Array(40 + payload.length)
  const view = new DataView(packet.buffer)
  view.setUint8(0, 0x45)
  view.setUint16(2, packet.length)
  view.setUint8(8, 64)
  view.setUint8(9, tcpProtocol)
  packet.set(syntheticAddress[from], 12)
  packet.set(syntheticAddress[to], 16)
  view.setUint16(10, checksum(packet.subarray(0, 20), 0))
  packet.set(new Uint8Array(header.buffer), 20)
  packet.set(payload, 40)
  // over the segment and a pseudo header: addresses, protocol, length
  const pseudo = sum(packet.subarray(12, 20), tcpProtocol + packet.length - 20)
  view.setUint16(36, checksum(packet.subarray(20), pseudo))
  return packet
}

/** RFC 1071 */
function checksum(bytes: Uint8Array, initial: number): number {
  let total = sum(bytes, initial)
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16)
  return ~total & 0xffff
}

function sum(bytes: Uint8Array, initial: number): number {
  let total = initial
  for (let index = 0; index < bytes.length; index += 2) total += ((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0)
  return total
}

const segmentLength = 1400
const tcpProtocol = 6
const finish = 1
const synchronize = 2
const push = 8
const acknowledge = 16
