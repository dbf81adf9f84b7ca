import type { TlsServerSocket, TlsSocket } from '../../src/connection/tls-socket.js'
import { TlsError } from '../../src/errors/tls-error.js'
import type { ShimFlags } from './flags.js'

/** What the runner calls a test that failed: its text goes to stderr. */
export class ShimFailure extends Error {}

export interface ExchangeOptions {
  /** Bytes of the first write that went out as 0-RTT data and were taken. */
  readonly alreadySent: number
}

/** 0-RTT data goes back at once, in front of the client's Finished: the runner waits for it. */
export async function echoEarlyData({ earlyData, writable }: TlsServerSocket): Promise<void> {
  const writer = writable.getWriter()
  const reader = earlyData.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    await writer.write(value.map((byte) => byte ^ 0xff))
  }
  writer.releaseLock()
}

/** The application's part of a connection: what is written first, and then an echo with all bits flipped. */
export async function exchange(
  socket: TlsSocket,
  { values, on }: ShimFlags,
  trafficSecrets: () => Buffer,
  { alreadySent }: ExchangeOptions,
): Promise<void> {
  const writer = socket.writable.getWriter()
  const exportLength = values['export-keying-material']
  if (exportLength) {
    const context = on.has('use-export-context') ? Buffer.from(values['export-context'] ?? '', 'latin1') : undefined
    await writer.write(await socket.exportKeyingMaterial(values['export-label'] ?? '', context, exportLength))
  }
  if (on.has('export-traffic-secrets')) await writer.write(trafficSecrets())
  if (on.has('write-different-record-sizes')) {
    const data = new Uint8Array(Math.max(...differentSizes)).fill(0x42)
    for (const size of differentSizes) await writer.write(data.subarray(0, size))
  }
  if (on.has('shim-writes-first')) await writer.write(initialWrite({ values, on }).subarray(alreadySent))
  if (!on.has('shim-shuts-down')) await echo(socket, writer, on)
  await shutDown(socket, writer, on)
}

export function initialWrite({ values }: Pick<ShimFlags, 'values' | 'on'>): Buffer {
  const once = values['shim-initial-write'] ?? 'hello'
  return Buffer.from(once.repeat(values['repeat-shim-initial-write'] ?? 1), 'latin1')
}

async function echo(
  socket: TlsSocket,
  writer: WritableStreamDefaultWriter<Uint8Array>,
  on: ShimFlags['on'],
): Promise<void> {
  const reader = socket.readable.getReader()
  for (;;) {
    if (on.has('key-update-before-read')) await socket.updateKeys()
    const data = await readUntilEnd(reader, on)
    if (!data) break
    if (on.has('use-exporter-between-reads')) await socket.exportKeyingMaterial('some label', undefined, 1)
    if (on.has('key-update')) await socket.updateKeys()
    await writer.write(data.map((byte) => byte ^ 0xff))
  }
  reader.releaseLock()
}

/** Without -check-close-notify an end is an end, however it comes. */
async function readUntilEnd(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  on: ShimFlags['on'],
): Promise<Uint8Array | undefined> {
  try {
    const { done, value } = await reader.read()
    return done ? undefined : value
  } catch (error) {
    const isCut = error instanceof TlsError && ['truncated', 'transport_failed'].includes(error.code)
    if (isCut && !on.has('check-close-notify')) return undefined
    throw error
  }
}

async function shutDown(
  socket: TlsSocket,
  writer: WritableStreamDefaultWriter<Uint8Array>,
  on: ShimFlags['on'],
): Promise<void> {
  if (!on.has('check-close-notify')) {
    // the runner may have gone: nothing that fails now counts
    await socket.close().catch(() => undefined)
    return
  }
  await writer.close()
  if (on.has('shim-shuts-down')) {
    const reader = socket.readable.getReader()
    const { done } = await reader.read()
    if (!done) throw new ShimFailure('data came where close_notify was awaited')
  }
  await socket.closed
}

const differentSizes = [0, 1, 255, 256, 257, 16_383, 16_384, 16_385, 32_767, 32_768, 32_769]
