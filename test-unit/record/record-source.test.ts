import { describe, expect, it } from 'vitest'
import { cipherSuites } from '../../src/crypto/cipher-suites.js'
import { sha256 } from '../../src/crypto/hash.js'
import { Secret } from '../../src/crypto/secret.js'
import { ContentType } from '../../src/messages/code-points.js'
import { RecordKeys, recordHeader } from '../../src/record/record-keys.js'
import { RecordSource } from '../../src/record/record-source.js'
import { type Bytes, concatBytes } from '../../src/wire/bytes.js'
import { isPending, rejection } from '../support/deadline.js'
import { testProvider } from '../support/provider.js'

const [suite] = cipherSuites
if (!suite) throw new Error('no suite')

const keysOf = async (seed: number) =>
  RecordKeys.derive(testProvider, suite, await Secret.import(testProvider, sha256, new Uint8Array(32).fill(seed)))

async function seal(keys: RecordKeys, content: Bytes, type: number = ContentType.application_data) {
  const inner = concatBytes(content, Uint8Array.of(type))
  const sealed = new Uint8Array(await keys.seal(inner, inner.length + 16))
  return concatBytes(recordHeader(sealed.length), sealed)
}

const streamOf = (...chunks: readonly Bytes[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })

const contents = (count: number, seed = 0) => Array.from({ length: count }, (_, index) => Uint8Array.of(seed, index))

describe('RecordSource', () => {
  it('gives records in their order, however many are with the engine at once', async () => {
    const writer = await keysOf(1)
    const sent = contents(50)
    const records = await Promise.all(sent.map((content) => seal(writer, content)))
    const source = new RecordSource(streamOf(concatBytes(...records)))
    source.installKeys(await keysOf(1))
    for (const content of sent) expect((await source.next())?.fragment).toEqual(content)
    expect(await source.next()).toBeUndefined()
  })

  it('opens again, with new keys, what it had opened ahead with the old', async () => {
    const [first, second] = [await keysOf(1), await keysOf(2)]
    const before = await Promise.all(contents(3, 1).map((content) => seal(first, content)))
    const after = await Promise.all(contents(30, 2).map((content) => seal(second, content)))
    const source = new RecordSource(streamOf(concatBytes(...before, ...after)))
    source.installKeys(await keysOf(1))
    for (const content of contents(3, 1)) expect((await source.next())?.fragment).toEqual(content)
    source.installKeys(await keysOf(2))
    for (const content of contents(30, 2)) expect((await source.next())?.fragment).toEqual(content)
  })

  it('lets a record that does not open fail in its turn, not before', async () => {
    const writer = await keysOf(1)
    const good = await Promise.all(contents(5).map((content) => seal(writer, content)))
    const source = new RecordSource(streamOf(concatBytes(...good, await seal(await keysOf(9), Uint8Array.of(1)))))
    source.installKeys(await keysOf(1))
    for (const content of contents(5)) expect((await source.next())?.fragment).toEqual(content)
    expect(await rejection(source.next(), 'next')).toMatchObject({ code: 'bad_record_mac' })
  })

  it('lets the records in front of a fault of the framing through first', async () => {
    const writer = await keysOf(1)
    const source = new RecordSource(
      streamOf(concatBytes(await seal(writer, Uint8Array.of(7)), Uint8Array.of(99, 0, 0, 0, 0))),
    )
    source.installKeys(await keysOf(1))
    expect((await source.next())?.fragment).toEqual(Uint8Array.of(7))
    expect(await rejection(source.next(), 'next')).toMatchObject({ code: 'unexpected_message' })
  })

  it('lets padding go, so that who keeps the content does not keep it', async () => {
    const inner = concatBytes(Uint8Array.of(7, ContentType.application_data), new Uint8Array(16_000))
    const sealed = new Uint8Array(await (await keysOf(1)).seal(inner, inner.length + 16))
    const source = new RecordSource(streamOf(concatBytes(recordHeader(sealed.length), sealed)))
    source.installKeys(await keysOf(1))
    const record = await source.next()
    expect(record?.fragment).toEqual(Uint8Array.of(7))
    expect(record?.fragment.buffer.byteLength).toBe(1)
  })

  it('does not read on while nobody takes records', async () => {
    let pulled = 0
    const readable = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled++
        controller.enqueue(concatBytes(recordHeader(10_000, ContentType.handshake), new Uint8Array(10_000)))
      },
    })
    const source = new RecordSource(readable)
    await isPending(new Promise(() => undefined), 20)
    const stoppedAt = pulled
    // sixteen full records, and the chunk that went past them
    expect(stoppedAt * 10_005).toBeLessThan(300_000)
    await isPending(new Promise(() => undefined), 20)
    expect(pulled).toBe(stoppedAt)
    for (let count = 0; count < 10; count++) await source.next()
    await isPending(new Promise(() => undefined), 20)
    expect(pulled).toBeGreaterThan(stoppedAt)
    await source.cancel(undefined)
  })

  it('ends a next() that waits when it is cancelled, and cancels the transport', async () => {
    const reasons: unknown[] = []
    const source = new RecordSource(new ReadableStream({ cancel: (reason) => void reasons.push(reason) }))
    const waiting = source.next()
    expect(await isPending(waiting)).toBe(true)
    await source.cancel('enough')
    expect(await waiting).toBeUndefined()
    expect(reasons).toEqual(['enough'])
  })

  it('skips what cannot be opened up to the limit, and then opens from the first sequence number (4.3.10)', async () => {
    const [early, handshake] = [await keysOf(5), await keysOf(1)]
    const skipped = await Promise.all(contents(4, 5).map(() => seal(early, new Uint8Array(300))))
    const record = await seal(handshake, Uint8Array.of(1, 2), ContentType.handshake)
    const bytes = skipped.reduce((sum, { length }) => sum + length - 5, 0)
    const enough = new RecordSource(streamOf(concatBytes(...skipped, record)))
    enough.skipUndecryptable(bytes)
    enough.installKeys(await keysOf(1))
    expect(await enough.next()).toMatchObject({ type: ContentType.handshake, fragment: Uint8Array.of(1, 2) })
    const tooLittle = new RecordSource(streamOf(concatBytes(...skipped, record)))
    tooLittle.skipUndecryptable(bytes - 1)
    tooLittle.installKeys(await keysOf(1))
    expect(await rejection(tooLittle.next(), 'next')).toMatchObject({ code: 'bad_record_mac' })
  })

  it('skips nothing once a record was opened', async () => {
    const handshake = await keysOf(1)
    const record = await seal(handshake, Uint8Array.of(1), ContentType.handshake)
    const source = new RecordSource(streamOf(concatBytes(record, await seal(await keysOf(5), Uint8Array.of(1)))))
    source.skipUndecryptable(10_000)
    source.installKeys(await keysOf(1))
    await source.next()
    expect(await rejection(source.next(), 'next')).toMatchObject({ code: 'bad_record_mac' })
  })

  it('holds a record to the limit that was agreed on (RFC 8449)', async () => {
    const writer = await keysOf(1)
    const records = [await seal(writer, new Uint8Array(63)), await seal(writer, new Uint8Array(64))]
    const source = new RecordSource(streamOf(concatBytes(...records)))
    source.installKeys(await keysOf(1))
    source.limitInnerPlaintext(64)
    expect((await source.next())?.fragment).toHaveLength(63)
    expect(await rejection(source.next(), 'next')).toMatchObject({ code: 'record_overflow' })
  })
})
