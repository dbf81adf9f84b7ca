import type { TapSegment } from './tap.js'

/**
 * What a tap has kept of one connection, as a capture file (pcap, raw IPv4): for tools that read captures, without
 * the right to capture. Checksums are left zero; Wireshark does not look at them.
 */
export function pcapOf(segments: readonly TapSegment[], serverPort: number): Buffer {
  const ends = {
    client: { address: [192, 0, 2, 1], port: clientPort },
    server: { address: [192, 0, 2, 2], port: serverPort },
  } as const
  const sequence = { client: 1000, server: 5000 }
  const packets: Buffer[] = []

  const add = (from: 'client' | 'server', flags: number, payload: Buffer) => {
    const to = from === 'client' ? 'server' : 'client'
    const tcp = Buffer.alloc(20)
    tcp.writeUInt16BE(ends[from].port, 0)
    tcp.writeUInt16BE(ends[to].port, 2)
    tcp.writeUInt32BE(sequence[from], 4)
    tcp.writeUInt32BE((flags & acknowledge) === 0 ? 0 : sequence[to], 8)
    tcp.writeUInt8(5 << 4, 12)
    tcp.writeUInt8(flags, 13)
    tcp.writeUInt16BE(0xffff, 14)
    const ip = Buffer.alloc(20)
    ip.writeUInt8(0x45, 0)
    ip.writeUInt16BE(40 + payload.length, 2)
    ip.writeUInt8(64, 8)
    ip.writeUInt8(6, 9)
    ip.set(ends[from].address, 12)
    ip.set(ends[to].address, 16)
    sequence[from] += payload.length + ((flags & (synchronize | finish)) === 0 ? 0 : 1)
    packets.push(record(packets.length, Buffer.concat([ip, tcp, payload])))
  }

  const nothing = Buffer.alloc(0)
  add('client', synchronize, nothing)
  add('server', synchronize | acknowledge, nothing)
  add('client', acknowledge, nothing)
  for (const { from, bytes } of segments) {
    for (let offset = 0; offset < bytes.length; offset += segmentLength) {
      add(from, acknowledge | push, bytes.subarray(offset, offset + segmentLength))
    }
  }
  add('client', finish | acknowledge, nothing)
  add('server', finish | acknowledge, nothing)
  return Buffer.concat([fileHeader(), ...packets])
}

function fileHeader(): Buffer {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(65535, 16)
  header.writeUInt32LE(rawIp, 20)
  return header
}

function record(index: number, packet: Buffer): Buffer {
  const header = Buffer.alloc(16)
  header.writeUInt32LE(1_700_000_000, 0)
  header.writeUInt32LE(index, 4)
  header.writeUInt32LE(packet.length, 8)
  header.writeUInt32LE(packet.length, 12)
  return Buffer.concat([header, packet])
}

const clientPort = 40000
const segmentLength = 1400
const rawIp = 101
const finish = 1
const synchronize = 2
const push = 8
const acknowledge = 16
