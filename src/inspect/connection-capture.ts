import type { DuplexStream } from '../connection/duplex-stream.js'
import { TlsError } from '../errors/tls-error.js'
import { writePcapng } from './pcapng.js'
import { type CapturedSegment, syntheticAddress, tcpPackets } from './tcp-packets.js'

export interface ConnectionCaptureOptions {
  /** The role of the side that captures. */
  readonly role: 'client' | 'server'
  /** The start of the connection that is kept, in bytes of both directions together. Default 16 MiB. */
  readonly maxBytes?: number
  /** The server's name, which the file gives to its made-up address. */
  readonly serverName?: string
  /** The port that the file says. Default 443, by which Wireshark knows TLS and inside it HTTP. */
  readonly serverPort?: number
}

/**
 * Keeps a connection's bytes and secrets, and makes a capture file of them:
 *
 * ```ts
 * const capture = new ConnectionCapture({ role: 'client' })
 * const socket = connectTls(capture.tap(transport), { serverName, trustAnchors, keyLog: capture.keyLog })
 * ```
 *
 * It holds the connection's secrets: who gets it, or the file, can read everything. Memory is bounded by `maxBytes`.
 */
export class ConnectionCapture {
  readonly #options: Required<Omit<ConnectionCaptureOptions, 'serverName'>> & { readonly serverName?: string }
  readonly #segments: CapturedSegment[] = []
  readonly #lines: string[] = []
  readonly #origin = Date.now() - performance.now()
  #kept = 0
  #total = 0

  /** @throws TlsError `invalid_argument` */
  constructor(options: ConnectionCaptureOptions) {
    const { role, maxBytes = 16 * 1024 * 1024, serverPort = 443 } = options
    if (role !== 'client' && role !== 'server') {
      throw new TlsError('invalid_argument', `role is 'client' or 'server', not ${String(role)}`)
    }
    if (!(Number.isSafeInteger(maxBytes) && maxBytes > 0)) {
      throw new TlsError('invalid_argument', `maxBytes must be a positive whole number, not ${maxBytes}`)
    }
    if (!(Number.isInteger(serverPort) && serverPort > 0 && serverPort < 65536)) {
      throw new TlsError('invalid_argument', `a port is 1 to 65535, not ${serverPort}`)
    }
    this.#options = { ...options, role, maxBytes, serverPort }
  }

  /** For the option of the same name. */
  readonly keyLog = (line: string): void => {
    if (this.#lines.length < maxLines) this.#lines.push(line)
  }

  /** The lines of the NSS key log so far. */
  get keyLogLines(): readonly string[] {
    return this.#lines
  }

  /** How many bytes passed, both directions together. */
  get totalBytes(): number {
    return this.#total
  }

  /** Whether all that passed was kept. */
  get isWhole(): boolean {
    return this.#kept === this.#total
  }

  /** The same transport; what passes is kept. Backpressure, ends and errors go through unchanged. */
  tap(transport: DuplexStream): DuplexStream {
    const { role } = this.#options
    const peer = role === 'client' ? 'server' : 'client'
    return {
      readable: notedReadable(transport.readable, (chunk) => this.#note(peer, chunk)),
      writable: notedWritable(transport.writable, (chunk) => this.#note(role, chunk)),
    }
  }

  /** The connection so far, as a pcapng file with its secrets inside. */
  toPcapng(): Uint8Array<ArrayBuffer> {
    const { serverName, serverPort } = this.#options
    const cut = this.isWhole ? '' : ` Only the first ${this.#kept} of ${this.#total} bytes are here.`
    return writePcapng({
      packets: tcpPackets(this.#segments, { client: clientPort, server: serverPort }),
      keyLog: this.#lines,
      comment: `Made by webtls from one TLS connection. Addresses, ports and TCP are made up; TLS is real. The secrets are inside: whoever has this file can read it.${cut}`,
      names: serverName ? [{ address: syntheticAddress.server, name: serverName }] : [],
    })
  }

  #note(from: 'client' | 'server', chunk: Uint8Array): void {
    // once something is missing nothing behind it can be decrypted
    const room = this.isWhole ? this.#options.maxBytes - this.#kept : 0
    this.#total += chunk.byteLength
    if (room <= 0 || chunk.byteLength === 0) return
    const bytes = chunk.slice(0, room)
    this.#kept += bytes.byteLength
    this.#segments.push({ from, time: this.#origin + performance.now(), bytes })
  }
}

function notedReadable(source: ReadableStream<Uint8Array>, note: (chunk: Uint8Array) => void) {
  const reader = source.getReader()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read()
        if (done) return controller.close()
        if (ArrayBuffer.isView(value)) note(value)
        controller.enqueue(value)
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

function notedWritable(sink: WritableStream<Uint8Array>, note: (chunk: Uint8Array) => void) {
  const writer = sink.getWriter()
  return new WritableStream<Uint8Array>({
    start(controller) {
      // an error of the transport shows at once, not at the next write
      writer.closed.catch((reason) => controller.error(reason))
    },
    async write(chunk) {
      // before it is handed over: a transport may take the buffer away
      note(chunk)
      await writer.write(chunk)
    },
    close: () => writer.close(),
    abort: (reason) => writer.abort(reason),
  })
}

const clientPort = 49152
/** Of a handshake there are five or six; renewed keys are not logged. */
const maxLines = 64
