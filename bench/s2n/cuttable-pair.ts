import type { DuplexStream } from '../../src/index.js'

/**
 * Two ends of a connection in memory that know of each other only through links: once they are cut, one end can be
 * collected while the other lives.
 */
export function cuttablePair(): { readonly ends: readonly [DuplexStream, DuplexStream]; readonly cut: () => void } {
  const there = link()
  const back = link()
  return {
    ends: [
      { readable: back.readable, writable: there.writable },
      { readable: there.readable, writable: back.writable },
    ],
    cut() {
      there.cut()
      back.cut()
    },
  }
}

function link() {
  const held: { source?: ReadableStreamDefaultController<Uint8Array> | undefined } = {}
  return {
    readable: readableOf(held),
    writable: writableOf(held),
    cut: () => {
      held.source = undefined
    },
  }
}

interface Link {
  source?: ReadableStreamDefaultController<Uint8Array> | undefined
}

// apart, so that no closure of one holds the other
const readableOf = (held: Link) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      held.source = controller
    },
  })

const writableOf = (held: Link) =>
  new WritableStream<Uint8Array>({
    write(chunk) {
      held.source?.enqueue(chunk)
    },
  })
