import type { Socket } from 'node:net'
import type { DuplexStream } from '../connection/duplex-stream.js'
import { TlsError } from '../errors/tls-error.js'

export interface SocketStreamOptions {
  /** How many received bytes wait for the reader before the socket is paused. Default 256 KiB. */
  readonly bufferedBytes?: number
}

/**
 * A Node socket as a pair of WHATWG streams. The socket is paused while the reader is behind; a write waits for the
 * socket's `drain`. Closing `writable` sends FIN and leaves `readable` open; aborting it resets the connection.
 * Cancelling `readable` discards what still arrives, and the socket goes when `writable` has been closed as well. A
 * chunk belongs to the socket once it was written.
 */
export function socketStream(socket: Socket, options: SocketStreamOptions = {}): DuplexStream {
  const bufferedBytes = options.bufferedBytes ?? 256 * 1024
  let source: ReadableStreamDefaultController<Uint8Array>
  let sink: WritableStreamDefaultController
  let reading: 'open' | 'ended' | 'cancelled' = 'open'
  let failure: TlsError | undefined
  let writeOn: (() => void) | undefined

  const letWriteOn = () => {
    writeOn?.()
    writeOn = undefined
  }
  const fail = (error: TlsError) => {
    failure ??= error
    if (reading === 'open') {
      reading = 'ended'
      source.error(failure)
    }
    sink.error(failure)
    letWriteOn()
  }

  // without it Node would answer the peer's FIN with ours
  socket.allowHalfOpen = true
  socket.on('data', (chunk: Uint8Array) => {
    if (reading !== 'open') return
    // a plain view: Buffer's own `slice` does not copy as Uint8Array's does
    source.enqueue(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength))
    if ((source.desiredSize ?? 0) <= 0) socket.pause()
  })
  socket.on('drain', letWriteOn)
  socket.once('end', () => {
    if (reading !== 'open') return
    reading = 'ended'
    source.close()
  })
  socket.once('error', (cause) => fail(socketFailed(cause)))
  socket.once('close', () => {
    // after a FIN of each side this changes nothing; otherwise something below was cut without an error
    fail(new TlsError(reading === 'open' ? 'transport_failed' : 'closed', 'the socket is closed'))
  })

  const readable = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        source = controller
        socket.pause()
      },
      pull() {
        socket.resume()
      },
      cancel() {
        reading = 'cancelled'
        socket.resume()
        if (socket.writableFinished) socket.destroy()
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: bufferedBytes }),
  )

  const writable = new WritableStream<Uint8Array>({
    start(controller) {
      sink = controller
      controller.signal.addEventListener('abort', letWriteOn)
    },
    write(chunk) {
      if (socket.write(chunk)) return
      return new Promise<void>((resolve) => {
        writeOn = resolve
      })
    },
    close() {
      return new Promise<void>((resolve, reject) => {
        const finished = () => {
          socket.off('close', finished)
          if (!socket.writableFinished) return reject(failure ?? new TlsError('closed', 'the socket is closed'))
          if (reading === 'cancelled') linger(socket)
          resolve()
        }
        socket.once('close', finished)
        socket.end(finished)
      })
    },
    abort(reason) {
      failure = new TlsError('closed', 'the connection was aborted on this side', { cause: reason })
      // a pipe has no family and cannot be reset
      if (socket.remoteFamily === undefined) socket.destroy()
      else socket.resetAndDestroy()
    },
  })

  if (socket.destroyed) fail(new TlsError('closed', 'the socket is closed'))
  return { readable, writable }
}

/** A reset right after our FIN could overtake data that the peer has not read yet: it gets a moment to end first. */
function linger(socket: Socket): void {
  const timer = setTimeout(() => socket.destroy(), lingerMs)
  timer.unref()
  socket.once('end', () => socket.destroy())
  socket.once('close', () => clearTimeout(timer))
}

function socketFailed(cause: Error & { code?: string }): TlsError {
  const what = reasons.get(cause.code ?? '') ?? cause.message
  return new TlsError('transport_failed', `the TCP connection failed: ${what}`, { cause })
}

const lingerMs = 2000

const reasons: ReadonlyMap<string, string> = new Map([
  ['ECONNRESET', 'the peer reset it (ECONNRESET)'],
  ['ECONNREFUSED', 'the peer refused it (ECONNREFUSED)'],
  ['ENOTFOUND', 'the name does not resolve (ENOTFOUND)'],
  ['EPIPE', 'the peer no longer takes data (EPIPE)'],
  ['ETIMEDOUT', 'it timed out (ETIMEDOUT)'],
])
