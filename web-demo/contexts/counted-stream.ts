import type { DuplexStream } from '../../src/index.js'

/** The stream, and how many bytes have passed on it: what the channel carries, sealed. */
export function countedStream(stream: DuplexStream) {
  const count = { sent: 0, received: 0 }
  const outgoing = counter((length) => {
    count.sent += length
  })
  outgoing.readable.pipeTo(stream.writable).catch(() => undefined)
  const readable = stream.readable.pipeThrough(
    counter((length) => {
      count.received += length
    }),
  )
  return { count, stream: { readable, writable: outgoing.writable } }
}

function counter(add: (length: number) => void): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream({
    transform(chunk, controller) {
      add(chunk.length)
      controller.enqueue(chunk)
    },
  })
}
