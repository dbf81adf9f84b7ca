import type { DuplexStream } from '../../src/index.js'
import type { RelayView } from './relay-view.js'

/** For a relay that does not show what it sees: the same bytes, noted where they leave the page and come into it. */
export function tapStream(stream: DuplexStream, view: RelayView, onChange: () => void): DuplexStream {
  const noted = (direction: 'sent' | 'received') =>
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        view.add(direction, chunk)
        passed[direction] += chunk.length
        view.setTotal(direction, passed[direction])
        onChange()
        controller.enqueue(chunk)
      },
    })
  const passed = { sent: 0, received: 0 }
  const outgoing = noted('sent')
  // its failure reaches the TLS connection through the stream itself
  outgoing.readable.pipeTo(stream.writable).catch(() => undefined)
  return { readable: stream.readable.pipeThrough(noted('received')), writable: outgoing.writable }
}
