import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import type { TlsSocket } from '../../connection/tls-socket.js'
import type { Progress } from '../progress.js'

/** Standard input to the server. With its end our direction is closed, unless that is not wanted. */
export async function sendInput(
  input: Readable,
  tls: TlsSocket,
  progress: Progress,
  { closesAtEnd }: { readonly closesAtEnd: boolean },
): Promise<void> {
  const writer = tls.writable.getWriter()
  try {
    for await (const chunk of input as AsyncIterable<Uint8Array>) {
      await writer.ready
      progress.sent(chunk.length)
      // its failure is that of the connection, which is met elsewhere; `ready` holds back who is too fast
      writer.write(Uint8Array.from(chunk)).catch(() => undefined)
    }
    if (closesAtEnd) await writer.close()
  } finally {
    writer.releaseLock()
  }
}

/** The server's data to standard output, no faster than that takes it. `false`: its reader has left, as `head` does. */
export async function writeOutput(tls: TlsSocket, output: Writable, progress: Progress): Promise<boolean> {
  let hasLeft = false
  const left = new Promise<void>((resolve) => {
    output.once('error', () => {
      hasLeft = true
      resolve()
    })
  })
  for await (const chunk of tls.readable) {
    if (hasLeft) return false
    progress.received(chunk.length)
    if (output.write(chunk)) continue
    const drained = new AbortController()
    await Promise.race([once(output, 'drain', { signal: drained.signal }).catch(() => undefined), left])
    drained.abort()
  }
  return !hasLeft
}
