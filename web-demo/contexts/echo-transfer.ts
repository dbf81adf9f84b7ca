import type { TlsSocket } from '../../src/index.js'

export interface EchoTransfer {
  readonly bytes: number
  readonly milliseconds: number
  /** Whether what came back is what was sent. */
  readonly isSame: boolean
}

/** Sends random bytes and reads them back; the connection stays open. */
export async function echoTransfer(socket: TlsSocket, bytes: number): Promise<EchoTransfer> {
  const sent = new Uint8Array(bytes)
  // getRandomValues gives 64 KiB at a time
  for (let at = 0; at < bytes; at += 65_536) crypto.getRandomValues(sent.subarray(at, at + 65_536))
  const began = performance.now()
  const [isSame] = await Promise.all([readBack(socket.readable, sent), send(socket.writable, sent)])
  return { bytes, milliseconds: performance.now() - began, isSame }
}

async function send(writable: WritableStream<Uint8Array>, bytes: Uint8Array): Promise<void> {
  const writer = writable.getWriter()
  try {
    await writer.write(bytes)
  } finally {
    writer.releaseLock()
  }
}

async function readBack(readable: ReadableStream<Uint8Array>, sent: Uint8Array): Promise<boolean> {
  const reader = readable.getReader()
  try {
    let isSame = true
    for (let at = 0; at < sent.length; ) {
      const { done, value } = await reader.read()
      if (done) throw new Error(`the connection ended after ${at} of ${sent.length} bytes`)
      isSame &&= value.every((byte, index) => byte === sent[at + index])
      at += value.length
    }
    return isSame
  } finally {
    reader.releaseLock()
  }
}
