import type { PageRecord, WireDirection } from './recorder.js'
import type { RelayRecord } from './relay-view.js'

/** A record as both saw it. */
export interface RecordPair {
  readonly direction: WireDirection
  /** None for what TLS drops unread: the change_cipher_spec that a server sends for old middleboxes. */
  readonly page: PageRecord | undefined
  /** None before the tap has told of it, or when it was not kept. */
  readonly relay: RelayRecord | undefined
}

/**
 * Puts beside each other what the page and the relay saw of each record. Records keep their order in each direction,
 * so counting is enough.
 * @param page in the order in which they happened
 */
export function pairRecords(
  page: readonly PageRecord[],
  relay: Readonly<Record<WireDirection, readonly RelayRecord[]>>,
): RecordPair[] {
  const pairs: RecordPair[] = []
  const next = { sent: 0, received: 0 }
  let dropped = 0
  for (const record of page) {
    const { direction } = record
    const others = relay[direction]
    if (direction === 'received') {
      while (others[next.received]?.type === changeCipherSpec) {
        pairs.push({ direction, page: undefined, relay: others[next.received++] })
        dropped++
      }
    }
    const place = direction === 'received' ? record.index + dropped : record.index
    pairs.push({ direction, page: record, relay: others[place] })
    next[direction] = place + 1
  }
  return pairs
}

const changeCipherSpec = 20
