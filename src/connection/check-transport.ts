import { asTlsError, TlsError } from '../errors/tls-error.js'
import type { DuplexStream } from './duplex-stream.js'

/** What a caller hands over in JavaScript may be anything. @throws TlsError `invalid_argument` */
export function checkTransport(transport: unknown): DuplexStream {
  const { readable, writable } = (transport ?? {}) as Partial<DuplexStream>
  // not instanceof: a stream may come from another realm or be a polyfill's
  if (typeof readable?.getReader !== 'function' || typeof writable?.getWriter !== 'function') {
    throw new TlsError('invalid_argument', 'the transport must have a ReadableStream and a WritableStream of bytes')
  }
  if (readable.locked) throw new TlsError('invalid_argument', "the transport's readable is locked to another reader")
  if (writable.locked) throw new TlsError('invalid_argument', "the transport's writable is locked to another writer")
  return { readable, writable }
}

/** Waits for a transport, whatever a dialing function rejects with. @throws TlsError */
export async function dial(transport: DuplexStream | Promise<DuplexStream>): Promise<DuplexStream> {
  try {
    return checkTransport(await transport)
  } catch (cause) {
    throw asTlsError(cause, 'transport_failed', 'no connection could be made')
  }
}

/** A transport that nobody wants any more. */
export function discard({ readable, writable }: DuplexStream, reason: unknown): void {
  readable.cancel(reason).catch(() => undefined)
  writable.abort(reason).catch(() => undefined)
}
