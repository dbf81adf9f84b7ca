import { alertName } from '../errors/alert-description.js'
import { reportError } from '../errors/report-error.js'
import { ContentType, nameOf } from '../messages/code-points.js'
import type { Bytes } from '../wire/bytes.js'

export type Direction = 'sent' | 'received'

/** What protects a record, by the traffic secret that its keys come from. */
export type Epoch = 'plaintext' | 'early' | 'handshake' | 'application'

/**
 * What happens inside, for a page that shows it. `time`, `start` and `end` are milliseconds on `performance.now()`'s
 * clock. Events carry no secret. The record comes first, then the messages that end in it and the alert that it has.
 */
export type TlsEvent =
  | {
      readonly kind: 'record'
      readonly direction: Direction
      readonly time: number
      /** The content type inside the protection, for example `handshake`. */
      readonly contentType: string
      readonly epoch: Epoch
      /** Bytes on the wire, the five of the header included. */
      readonly length: number
      /** Bytes of the content, without padding and content type. */
      readonly contentLength: number
    }
  | {
      readonly kind: 'message'
      readonly direction: Direction
      readonly time: number
      /** The handshake message's RFC name, for example `client_hello`, `hello_retry_request`, `new_session_ticket`. */
      readonly name: string
      readonly epoch: Epoch
      /** The whole message with its header of four bytes. */
      readonly bytes: Uint8Array
    }
  | {
      readonly kind: 'crypto'
      /** For example `X25519 shared secret`. */
      readonly name: string
      readonly start: number
      readonly end: number
    }
  | {
      readonly kind: 'alert'
      readonly direction: Direction
      readonly time: number
      readonly level: 'warning' | 'fatal'
      readonly name: string
      /** AlertDescription, the number of that name. */
      readonly description: number
    }

/** Tells an optional listener; without one it costs nothing. A listener that throws does not touch the connection. */
export class Observer {
  readonly #listener: ((event: TlsEvent) => void) | undefined

  constructor(listener: ((event: TlsEvent) => void) | undefined) {
    this.#listener = listener
  }

  /** Runs a step of cryptography and says how long it took. */
  async timed<T>(name: string, step: Promise<T>): Promise<T> {
    if (!this.#listener) return await step
    const start = performance.now()
    const result = await step
    this.#tell({ kind: 'crypto', name, start, end: performance.now() })
    return result
  }

  message(direction: Direction, name: string, epoch: Epoch, bytes: Bytes): void {
    if (!this.#listener) return
    // a copy: a listener may keep it, or write into it
    this.#tell({ kind: 'message', direction, time: performance.now(), name, epoch, bytes: bytes.slice() })
  }

  record(direction: Direction, type: number, epoch: Epoch, length: number, contentLength: number): void {
    if (!this.#listener) return
    const contentType = nameOf(ContentType, type)
    this.#tell({ kind: 'record', direction, time: performance.now(), contentType, epoch, length, contentLength })
  }

  alert(direction: Direction, level: 'warning' | 'fatal', description: number): void {
    if (!this.#listener) return
    const name = alertName(description)
    this.#tell({ kind: 'alert', direction, time: performance.now(), level, name, description })
  }

  #tell(event: TlsEvent): void {
    try {
      this.#listener?.(event)
    } catch (error) {
      // the listener's own bug: it must show, and must not end the handshake
      reportError(error, 'the listener of onEvent')
    }
  }
}
