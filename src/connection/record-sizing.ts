/** What fits one packet of an Ethernet path with the overhead of IP, TCP and the record: as in s2n-tls. */
const packetBytes = 1400
/** After this much a connection is taken for a long transfer. */
const smallUntilBytes = 128 * 1024
/** After this pause the next data is taken for a new answer. */
const pauseMilliseconds = 1000

/**
 * How long the next record may be. With `latency`, as s2n-tls's dynamic record sizing: a reader can use a record only
 * when it has all of it, so the first ones fit a packet each.
 */
export class RecordSizing {
  readonly #mode: 'throughput' | 'latency'
  #sent = 0
  #lastSentAt = 0

  constructor(mode: 'throughput' | 'latency') {
    this.#mode = mode
  }

  /** @param limit the longest that may be, in bytes @param now of `performance.now()` */
  next(limit: number, now: number): number {
    if (this.#mode === 'throughput') return limit
    if (now - this.#lastSentAt > pauseMilliseconds) this.#sent = 0
    this.#lastSentAt = now
    const length = this.#sent < smallUntilBytes ? Math.min(packetBytes, limit) : limit
    this.#sent += length
    return length
  }
}
