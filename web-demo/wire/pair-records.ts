import type { PageRecord, WireDirection } from './recorder.js'
import type { RelayRecord } from './relay-view.js'

/** A record as both saw it. */
export interface RecordPair {
  readonly direction: WireDirection
  readonly page: PageRecord
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
  return page.map((record) => ({
    direction: record.direction,
    page: record,
    relay: relay[record.direction][record.index],
  }))
}
