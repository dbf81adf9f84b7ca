import type { DuplexStream } from '../connection/duplex-stream.js'
import { TlsError } from '../errors/tls-error.js'

export interface MemoryPairOptions {
  /** How many bytes wait in each direction before a write waits; one chunk may go past it. Default 64 KiB. */
  readonly bufferedBytes?: number
}

/**
 * Two ends of one connection inside a program: what is written to one is read from the other, the same chunks
 * without a copy, so a chunk belongs to the pair once it was written. The directions are apart: closing or aborting
 * one end's `writable` ends or errors only the other end's `readable`; cancelling a `readable` errors the other end's
 * `writable`.
 */
export function memoryDuplexPair(options: MemoryPairOptions = {}): readonly [DuplexStream, DuplexStream] {
  const bufferedBytes = options.bufferedBytes ?? 64 * 1024
  const there = bytePipe(bufferedBytes)
  const back = bytePipe(bufferedBytes)
  return [
    { readable: back.readable, writable: there.writable },
    { readable: there.readable, writable: back.writable },
  ]
}

function bytePipe(bufferedBytes: number): DuplexStream {
  let source: ReadableStreamDefaultController<Uint8Array>
  let sink: WritableStreamDefaultController
  let writeOn: (() => void) | undefined

  const letWriteOn = () => {
    writeOn?.()
    writeOn = undefined
  }

  const readable = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        source = controller
      },
      pull: letWriteOn,
      cancel(reason) {
        sink.error(reason ?? new TlsError('closed', 'the other end stopped reading'))
        letWriteOn()
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: bufferedBytes }),
  )

  const writable = new WritableStream<Uint8Array>({
    start(controller) {
      sink = controller
      // abort() waits for the write in flight, which may be waiting for a reader that never comes
      controller.signal.addEventListener('abort', letWriteOn)
    },
    write(chunk) {
      if (chunk.byteLength === 0) return
      source.enqueue(chunk)
      if ((source.desiredSize ?? 0) > 0) return
      return new Promise<void>((resolve) => {
        writeOn = resolve
      })
    },
    close() {
      source.close()
    },
    abort(reason) {
      source.error(reason ?? new TlsError('closed', 'the other end aborted the connection'))
    },
  })

  return { readable, writable }
}
