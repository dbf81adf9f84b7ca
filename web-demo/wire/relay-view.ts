import { KeptBytes, type WireDirection } from './recorder.js'

/** One TLS record as it passed the relay. */
export interface RelayRecord {
  readonly index: number
  readonly type: number
  /** With the header's five bytes. */
  readonly length: number
  /** Its bytes, header first; fewer than `length` when the rest was not kept. */
  readonly bytes: Uint8Array
}

/** What the relay saw, cut into records by the only thing in it that can be read: their headers. */
export class RelayView {
  readonly seen = { sent: new KeptBytes(), received: new KeptBytes() }
  readonly total = { sent: 0, received: 0 }

  add(direction: WireDirection, bytes: Uint8Array): void {
    this.seen[direction].add(bytes)
    this.total[direction] = Math.max(this.total[direction], this.seen[direction].bytes.length)
  }

  setTotal(direction: WireDirection, bytes: number): void {
    this.total[direction] = Math.max(this.total[direction], bytes)
  }

  /** Whether all that passed was kept. */
  get isWhole(): boolean {
    return this.total.sent <= this.seen.sent.bytes.length && this.total.received <= this.seen.received.bytes.length
  }

  records(direction: WireDirection, limit: number): RelayRecord[] {
    return splitRecords(this.seen[direction].bytes, limit)
  }
}

export function splitRecords(bytes: Uint8Array, limit: number): RelayRecord[] {
  const records: RelayRecord[] = []
  for (let offset = 0; offset + headerLength <= bytes.length && records.length < limit; ) {
    const length = headerLength + (((bytes[offset + 3] ?? 0) << 8) | (bytes[offset + 4] ?? 0))
    records.push({
      index: records.length,
      type: bytes[offset] ?? 0,
      length,
      bytes: bytes.subarray(offset, Math.min(offset + length, bytes.length)),
    })
    offset += length
  }
  return records
}

const headerLength = 5
