import { TlsError } from '../errors/tls-error.js'
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
