import type { DuplexStream } from '../../connection/duplex-stream.js'
import { TlsError } from '../../errors/tls-error.js'
import { WispCloseReason } from './close-reason.js'
import { ReceiveQueue } from './receive-queue.js'
import { closeReasonError, WispError, wispFailed } from './wisp-error.js'

/** What a stream needs of the session that carries it. */
export interface WispLink {
  /** Copies the bytes into one DATA packet. */
  sendData(data: Uint8Array): void
  sendClose(reason: WispCloseReason): void
  /** A promise while the WebSocket holds more than it should. */
  drained(signal: AbortSignal): Promise<void> | undefined
  /** So many bytes more, or fewer, wait for the reader. */
  held(bytes: number): void
  /** Nothing is sent or taken any more. */
  ended(): void
}

export interface WispStreamSettings {
  /** How many packets may be sent before the server says CONTINUE. */
  readonly credit: number
  readonly maxBufferedBytes: number
}

/**
 * One TCP connection in a Wisp session, from the client's side. Wisp has one end for both directions, CLOSE, behind
 * which the server drops what it has not sent on. So closing `writable` says nothing yet: CLOSE goes out when `readable`
 * has been cancelled as well, and not at all when the server's came first.
 */
export class WispStream implements DuplexStream {
  readonly readable: ReadableStream<Uint8Array>
  readonly writable: WritableStream<Uint8Array>
  readonly #link: WispLink
  readonly #maxBuffered: number
  readonly #queue: ReceiveQueue
  /** Ends what a write waits for. */
  readonly #over = new AbortController()
  #sink: WritableStreamDefaultController | undefined
  #failure: TlsError | undefined
  #credit: number
  #writeOn: (() => void) | undefined
  #hasEnded = false
  /** It ended because the target did, and not for a failure. */
  #isEnd = false

  constructor(link: WispLink, { credit, maxBufferedBytes }: WispStreamSettings) {
    this.#link = link
    this.#credit = credit
    this.#maxBuffered = maxBufferedBytes
    this.#queue = new ReceiveQueue({
      held: (bytes) => link.held(bytes),
      cancelled: () => {
        if (this.#hasEnded) this.#close(WispCloseReason.voluntary, alreadyClosed())
        this.#tellWriter()
      },
      ended: () => this.#tellWriter(),
    })
    this.readable = this.#queue.readable
    this.writable = new WritableStream<Uint8Array>({
      start: (controller) => {
        this.#sink = controller
        // abort() waits for the write in flight, which may be waiting for a CONTINUE that never comes
        controller.signal.addEventListener('abort', () => this.#stopWriting())
      },
      write: (chunk) => this.#write(chunk),
      close: () => {
        this.#hasEnded = true
        if (!this.#queue.isWanted) this.#close(WispCloseReason.voluntary, alreadyClosed())
      },
      abort: (reason) => this.#close(WispCloseReason.voluntary, abortedHere(reason)),
    })
  }

  /** How many bytes wait for the reader, with what keeping them costs. */
  get heldBytes(): number {
    return this.#queue.heldBytes
  }

  /** A DATA packet's bytes. */
  receive(data: Uint8Array): void {
    this.#queue.add(data)
    if (this.#queue.heldBytes > this.#maxBuffered) this.overflow(`more than ${this.#maxBuffered} bytes`)
  }

  /** A CONTINUE packet: what was left of the one before no longer counts. */
  continue(packets: number): void {
    this.#credit = packets
    this.#letWriteOn()
  }

  /** A CLOSE packet from the server. What came before it is still read. */
  closedByServer(reason: number): void {
    if (reason === WispCloseReason.voluntary) this.#end(undefined, alreadyClosed())
    else this.lost(wispFailed(closeReasonError(reason)))
  }

  /** The session has ended, and all its streams with it. What came before is still read. */
  lost(error: TlsError): void {
    this.#end(error, error)
  }

  /** Ends it at once, and tells the server. */
  abort(error: TlsError): void {
    this.#close(WispCloseReason.voluntary, error)
  }

  /** The reader is too far behind: Wisp has no way to make the server wait. */
  overflow(howFar: string): void {
    const message = `the reader fell ${howFar} behind, and Wisp cannot hold a server back: read faster, or allow more`
    const error = wispFailed(new WispError('overflow', message))
    // what is left of a stream that has ended takes room as well
    if (this.#failure !== undefined) this.#queue.drop(error)
    else this.#close(WispCloseReason.clientError, error)
  }

  async #write(chunk: Uint8Array): Promise<void> {
    for (let offset = 0; offset < chunk.byteLength; ) {
      while (this.#credit === 0 && !this.#over.signal.aborted) {
        await new Promise<void>((resolve) => {
          this.#writeOn = resolve
        })
      }
      // not all of it was sent
      if (this.#over.signal.aborted) throw this.#failure ?? abortedHere(undefined)
      const data = chunk.subarray(offset, offset + maxDataLength)
      this.#credit -= 1
      this.#link.sendData(data)
      offset += data.byteLength
      const drained = this.#link.drained(this.#over.signal)
      if (drained !== undefined) await drained
    }
  }

  #letWriteOn(): void {
    this.#writeOn?.()
    this.#writeOn = undefined
  }

  #stopWriting(): void {
    this.#over.abort()
    this.#letWriteOn()
  }

  /** From this side: what waits for the reader is dropped. */
  #close(reason: WispCloseReason, error: TlsError): void {
    if (this.#failure !== undefined) return
    this.#link.sendClose(reason)
    this.#queue.drop(error)
    this.#end(error, error)
  }

  #end(readError: TlsError | undefined, writeError: TlsError): void {
    if (this.#failure !== undefined) return
    this.#failure = writeError
    this.#isEnd = readError === undefined
    // writes that wait fail now, and so do those to come
    this.#stopWriting()
    this.#link.ended()
    this.#queue.end(readError)
    if (!this.#queue.isWanted) this.#tellWriter()
  }

  /**
   * Only when the reader has had all: who hears of a failure from the writer may look no further for what came before.
   * Of an end the writer is told by the next write alone: one who wants to write no more has lost nothing.
   */
  #tellWriter(): void {
    if (this.#failure !== undefined && !this.#isEnd) this.#sink?.error(this.#failure)
  }
}

function alreadyClosed(): TlsError {
  return new TlsError('closed', 'the connection is closed')
}

function abortedHere(reason: unknown): TlsError {
  return new TlsError('closed', 'the connection was aborted on this side', { cause: reason })
}

/** Credit counts packets: large ones move more for it, and take more of a server's memory when its target is slow. */
const maxDataLength = 32768
