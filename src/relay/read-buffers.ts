import type { OnReadOpts } from 'node:net'

/**
 * The memory that a target's socket reads into, with free bytes before the data: a frame's header fits in without a
 * copy. What was sent comes back and is used again.
 */
export interface ReadBuffers {
  readonly onRead: OnReadOpts
  /** Where reads go from now on: `message` begins with the free bytes and belongs to the receiver until `recycle`. */
  receive(handler: (message: Uint8Array) => void): void
  recycle(message: Uint8Array): void
}

export function readBuffers(headerBytes = 1): ReadBuffers {
  const bufferBytes = headerBytes + readBytes
  const free: ArrayBufferLike[] = []
  let handler: (message: Uint8Array) => void = () => undefined

  return {
    onRead: {
      buffer: () => new Uint8Array(free.pop() ?? new ArrayBuffer(bufferBytes), headerBytes),
      callback: (length, buffer) => {
        const message = new Uint8Array(buffer.buffer, 0, headerBytes + length)
        // a short read must not keep a long buffer in the queue: what is counted there is what is held
        if (length < readBytes / 4) {
          handler(message.slice())
          keep(message.buffer)
        } else handler(message)
        // Node would go on with the same buffer after `false`; who wants to pause pauses the socket
        return true
      },
    },
    receive: (newHandler) => {
      handler = newHandler
    },
    recycle: (message) => {
      if (message.buffer.byteLength === bufferBytes) keep(message.buffer)
    },
  }

  function keep(buffer: ArrayBufferLike): void {
    if (free.length < keptBuffers) free.push(buffer)
  }
}

const readBytes = 65536
const keptBuffers = 4
