import { connectTls, type TlsSocket } from '../../src/index.js'
import { dialWebSocketRelay } from '../../src/websocket.js'
import { readToEnd } from '../client/http-exchange.js'
import { patternBytes, sha256Hex } from '../client/pattern-bytes.js'
import type { ConnectTask } from './task.js'

/** Sends so many bytes, ends its side, and only then expects the answer. */
export async function sendThenReceive(task: ConnectTask, bytes: number): Promise<{ length: number; sha256: string }> {
  const socket = open(task)
  const writer = socket.writable.getWriter()
  await writer.write(patternBytes(bytes))
  await writer.close()
  const received = await readToEnd(socket.readable)
  await socket.closed
  return { length: received.length, sha256: await sha256Hex(received) }
}

/** Reads one chunk and then nothing for a while, lets the test look around, and leaves. */
export async function readAndStall(task: ConnectTask, milliseconds: number): Promise<number> {
  const socket = open(task)
  await socket.opened
  const reader = socket.readable.getReader()
  const { value } = await reader.read()
  await pause(milliseconds)
  await socket.close('the test is over')
  return value?.length ?? 0
}

/** Writes until `ready` makes it wait for long: how many bytes it could write. */
export async function writeUntilFull(task: ConnectTask, limit: number): Promise<number> {
  const socket = open(task)
  await socket.opened
  const writer = socket.writable.getWriter()
  writer.closed.catch(() => {})
  let written = 0
  while (written < limit) {
    const isReady = await Promise.race([writer.ready.then(() => true), pause(1000).then(() => false)])
    if (!isReady) break
    const chunk = new Uint8Array(65536)
    written += chunk.length
    writer.write(chunk).catch(() => {})
  }
  await socket.close('the test is over')
  return written
}

function open({ relay, host, port, serverName, trustAnchors }: ConnectTask): TlsSocket {
  return connectTls(dialWebSocketRelay(relay, { host, port }), { serverName, trustAnchors })
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
