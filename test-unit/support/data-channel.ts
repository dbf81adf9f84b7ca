import type { DataChannelLike } from '../../src/transports/data-channel-stream.js'

/** A stand-in for an RTCDataChannel, which Node does not have: messages arrive later, in order, and copied. */
export class TestDataChannel extends EventTarget implements DataChannelLike {
  binaryType = 'blob'
  readyState = 'connecting'
  bufferedAmount = 0
  bufferedAmountLowThreshold = 0
  readonly ordered = true
  readonly maxPacketLifeTime = null
  readonly maxRetransmits = null
  peer: TestDataChannel | undefined
  mostBuffered = 0
  longestMessage = 0
  readonly #isSlow: boolean
  #work: Promise<void> = Promise.resolve()

  constructor(isSlow: boolean) {
    super()
    this.#isSlow = isSlow
  }

  open(): void {
    this.readyState = 'open'
    this.dispatchEvent(new Event('open'))
  }

  send(data: unknown): void {
    if (this.readyState !== 'open') throw new DOMException('not open', 'InvalidStateError')
    const message = data instanceof Uint8Array ? data.slice().buffer : data
    const length = message instanceof ArrayBuffer ? message.byteLength : 0
    this.bufferedAmount += length
    this.mostBuffered = Math.max(this.mostBuffered, this.bufferedAmount)
    this.longestMessage = Math.max(this.longestMessage, length)
    this.#work = this.#work.then(async () => {
      await (this.#isSlow ? new Promise((resolve) => setImmediate(resolve)) : undefined)
      const before = this.bufferedAmount
      this.bufferedAmount -= length
      const { bufferedAmountLowThreshold: threshold } = this
      if (before > threshold && this.bufferedAmount <= threshold) this.dispatchEvent(new Event('bufferedamountlow'))
      this.peer?.dispatchEvent(Object.assign(new Event('message'), { data: message }))
    })
  }

  close(): void {
    if (this.readyState === 'closing' || this.readyState === 'closed') return
    this.readyState = 'closing'
    void this.#work.then(() => {
      for (const channel of [this, this.peer]) channel?.becomeClosed()
    })
  }

  becomeClosed(): void {
    if (this.readyState === 'closed') return
    this.readyState = 'closed'
    this.dispatchEvent(new Event('close'))
  }
}

export function dataChannelPair(options: { readonly isOpen?: boolean; readonly isSlow?: boolean } = {}) {
  const near = new TestDataChannel(options.isSlow ?? false)
  const far = new TestDataChannel(options.isSlow ?? false)
  near.peer = far
  far.peer = near
  if (options.isOpen ?? true) for (const channel of [near, far]) channel.open()
  return [near, far] as const
}
