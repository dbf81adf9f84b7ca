import type { DuplexStream } from '../connection/duplex-stream.js'
import { SocketError } from './socket-error.js'

interface UpgradedConnection {
  /** Whether bytes have come that nobody read, also by a read that was under way. */
  hasUnread(): boolean
  readonly writer: WritableStreamDefaultWriter<Uint8Array>
  read(): Promise<ReadableStreamReadResult<Uint8Array>>
  cancel(reason: unknown): Promise<void>
}

/**
 * The transport of TLS that begins on a connection in use. In TLS the client speaks first (RFC 9846 section 2), so
 * nothing may come before the ClientHello has gone: it would be the plaintext that someone on the way put behind the
 * server's consent, to have it taken for what came through TLS (CVE-2011-0411, CVE-2021-23222). What comes later is
 * for TLS to judge, as records.
 */
export function upgradedTransport({ hasUnread, writer, read, cancel }: UpgradedConnection): DuplexStream {
  let hasSpoken = false
  let sink: WritableStreamDefaultController
  const writable = new WritableStream<Uint8Array>({
    start(controller) {
      sink = controller
      writer.closed.catch((reason: unknown) => controller.error(reason))
      // abort() waits for the write in flight, which may wait for a peer that does not read
      controller.signal.addEventListener('abort', () => {
        writer.abort(controller.signal.reason).catch(() => undefined)
      })
    },
    async write(chunk) {
      // the ClientHello: a read that was under way at startTls() has told by now what it brought
      if (!hasSpoken && hasUnread()) throw refuse()
      hasSpoken = true
      await writer.write(chunk)
    },
    close: () => writer.close(),
    abort: (reason) => writer.abort(reason),
  })
  let source: ReadableStreamDefaultController<Uint8Array>
  const refuse = () => {
    const error = new SocketError(
      'plaintext_before_tls',
      'bytes came in plaintext that were not read before startTls(): someone may have put them there',
    )
    source.error(error)
    sink.error(error)
    writer.abort(error).catch(() => undefined)
    cancel(error).catch(() => undefined)
    return error
  }
  const readable = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        source = controller
        if (hasUnread()) refuse()
      },
      // called at once, and before TLS has made its first key: what waits is seen in time
      async pull(controller) {
        const { done, value } = await read()
        if (done) controller.close()
        else if (hasSpoken) controller.enqueue(value)
        else refuse()
      },
      cancel,
    },
    { highWaterMark: 1 },
  )
  return { readable, writable }
}
