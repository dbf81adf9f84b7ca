import type { DuplexStream } from '../../src/connection/duplex-stream.js'
import { ContentType } from '../../src/messages/code-points.js'
import { type RecordKeys, recordHeader } from '../../src/record/record-keys.js'
import { type Bytes, concatBytes, noBytes } from '../../src/wire/bytes.js'

export interface PeerRecord {
  readonly type: number
  /** legacy_record_version of the header. */
  readonly version: number
  /** Without protection, type and padding. */
  readonly fragment: Bytes
  readonly isProtected: boolean
  /** As it stood on the wire, header included. */
  readonly wire: Bytes
}

export interface SealOptions {
  /** Zeros behind the content type, in bytes. */
  readonly padding?: number
  /** Overrides the keys of the moment; `null`: in the clear. */
  readonly keys?: RecordKeys | null
  readonly version?: number
}

/**
 * Records to and from a transport with nothing decided: the floor that scripted peers stand on. It frames on its own,
 * so that a fault in src's framer cannot hide itself.
 */
export class RecordPeer {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>
  #received: Bytes = noBytes
  readKeys: RecordKeys | undefined
  writeKeys: RecordKeys | undefined
  /** They take the place of `readKeys` with the first record that those do not open. */
  nextReadKeys: RecordKeys | undefined
  /** Cuts what goes out into the chunks of the transport. */
  chunks: (bytes: Bytes) => readonly Bytes[] = (bytes) => [bytes]
  /** Changes each record on its way out, drops it (none) or multiplies it. */
  tamper: (record: Bytes, index: number) => readonly Bytes[] = (record) => [record]
  #sent = 0
  /** Bytes that the transport has taken. */
  bytesWritten = 0

  constructor(transport: DuplexStream) {
    this.#reader = transport.readable.getReader()
    this.#writer = transport.writable.getWriter()
    this.#writer.closed.catch(() => undefined)
  }

  /** The next record, opened with `readKeys` where it is protected; `undefined` at the end. */
  async receive(): Promise<PeerRecord | undefined> {
    const header = await this.#take(5)
    if (!header) return undefined
    const [type = 0, major = 0, minor = 0, high = 0, low = 0] = header
    const version = major * 256 + minor
    const body = await this.#take(high * 256 + low)
    if (!body) throw new Error('the transport ended within a record')
    const wire = concatBytes(header, body)
    if (type !== ContentType.application_data || !this.readKeys) {
      return { type, version, fragment: body, isProtected: false, wire }
    }
    const inner = new Uint8Array(await this.#open(this.readKeys, body))
    const end = inner.findLastIndex((byte) => byte !== 0)
    return { type: inner[end] ?? 0, version, fragment: inner.slice(0, end), isProtected: true, wire }
  }

  /** A whole record, under `writeKeys` if there are any. */
  async seal(type: number, content: Bytes, { padding = 0, keys, version }: SealOptions = {}): Promise<Bytes> {
    const protection = keys === undefined ? this.writeKeys : keys
    if (!protection) return concatBytes(recordHeader(content.length, type, version), content)
    const inner = concatBytes(content, Uint8Array.of(type), new Uint8Array(padding))
    const ciphertext = new Uint8Array(await protection.seal(inner, inner.length + 16))
    return concatBytes(recordHeader(ciphertext.length), ciphertext)
  }

  async send(type: number, content: Bytes, options?: SealOptions): Promise<void> {
    const record = await this.seal(type, content, options)
    await this.write(concatBytes(...this.tamper(record, this.#sent++)))
  }

  /** Bytes as they are. A peer that has gone is no failure here: the test sees it in what it asked of the peer. */
  async write(bytes: Bytes): Promise<void> {
    for (const chunk of this.chunks(bytes)) {
      await this.#writer.write(chunk).then(
        () => {
          this.bytesWritten += chunk.length
        },
        () => undefined,
      )
    }
  }

  /** Ends the transport's direction to the other side, without a word of TLS. */
  async end(): Promise<void> {
    await this.#writer.close().catch(() => undefined)
  }

  async abort(reason: unknown): Promise<void> {
    await this.#writer.abort(reason)
  }

  /** Reads no more: the other side's writes fail. */
  async cancel(reason: unknown): Promise<void> {
    await this.#reader.cancel(reason)
  }

  async #open(keys: RecordKeys, ciphertext: Bytes): Promise<ArrayBuffer> {
    const next = this.nextReadKeys
    if (!next) return await keys.open(ciphertext)
    try {
      return await keys.open(ciphertext)
    } catch {
      this.readKeys = next
      this.nextReadKeys = undefined
      return await next.open(ciphertext)
    }
  }

  async #take(length: number): Promise<Bytes | undefined> {
    while (this.#received.length < length) {
      const { done, value } = await this.#reader.read()
      if (done) return undefined
      this.#received = concatBytes(this.#received, value)
    }
    const taken = this.#received.slice(0, length)
    this.#received = this.#received.subarray(length)
    return taken
  }
}
