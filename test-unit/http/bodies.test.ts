import { describe, expect, it } from 'vitest'
import { ByteSource } from '../../src/http/byte-source.js'
import type { BodyFraming } from '../../src/http/framing.js'
import { defaultHttpLimits } from '../../src/http/limits.js'
import { readBody } from '../../src/http/read-body.js'
import { writeBody } from '../../src/http/write-body.js'
import { isPending, within } from '../support/deadline.js'
import { pattern, readAll } from '../support/streams.js'
import { collector, cutStream, failureOf, latin1, sourceOf, streamOf, text } from './support.js'

const chunked: BodyFraming = { kind: 'chunked' }

async function bodyOf(message: string, framing: BodyFraming) {
  const source = sourceOf(message)
  const body = readBody(source, framing)
  const data = text(await readAll(body.readable))
  return { data, trailers: body.trailers(), rest: source.heldBytes, ended: await body.ended }
}

describe('a body that is read', () => {
  it('ends where its framing says, and leaves the next message', async () => {
    expect(await bodyOf('hello, worldNEXT', { kind: 'length', length: 12 })).toMatchObject({
      data: 'hello, world',
      rest: 4,
      ended: true,
    })
    expect(await bodyOf('5\r\nhello\r\n7;x="y"\r\n, world\r\n0\r\nT: 1\r\n\r\nNEXT', chunked)).toEqual({
      data: 'hello, world',
      trailers: [['T', '1']],
      rest: 4,
      ended: true,
    })
    expect(await bodyOf('hello', { kind: 'close' })).toMatchObject({ data: 'hello', ended: true })
    expect(await bodyOf('NEXT', { kind: 'none' })).toMatchObject({ data: '', ended: true })
    expect(await bodyOf('NEXT', { kind: 'length', length: 0 })).toMatchObject({ data: '', ended: true })
  })

  it('has ended with its last byte, without another read', async () => {
    const body = readBody(sourceOf('abc'), { kind: 'length', length: 3 })
    const reader = body.readable.getReader()
    expect(text((await reader.read()).value ?? new Uint8Array())).toBe('abc')
    expect(await within(body.ended, 'the end of the body')).toBe(true)
  })

  it.each([
    ['a length that was not reached', 'abc', { kind: 'length', length: 4 }, 'incomplete'],
    ['an end within a size', '5', chunked, 'incomplete'],
    ['an end within a chunk', '5\r\nabc', chunked, 'incomplete'],
    ['an end after a chunk', '3\r\nabc\r\n', chunked, 'incomplete'],
    ['an end within the trailers', '0\r\nA: b\r\n', chunked, 'incomplete'],
    ['a chunk that is longer than it says', '3\r\nabcd\r\n0\r\n\r\n', chunked, 'malformed'],
    ['a chunk that is shorter than it says', '5\r\nabc\r\n0\r\n\r\n', chunked, 'malformed'],
    ['a size that is empty', '\r\nabc\r\n', chunked, 'malformed'],
    ['a size with a sign', '-3\r\nabc\r\n', chunked, 'malformed'],
    ['a size with 0x', '0x3\r\nabc\r\n', chunked, 'malformed'],
    ['a size with space before it', ' 3\r\nabc\r\n', chunked, 'malformed'],
    ['a size with space after it', '3 \r\nabc\r\n', chunked, 'malformed'],
    ['a size with an underscore', '1_0\r\nabc\r\n', chunked, 'malformed'],
    ['a bare LF after the size', '3\nabc\r\n0\r\n\r\n', chunked, 'malformed'],
    ['a bare CR in an extension', '3;a\rb\r\nabc\r\n', chunked, 'malformed'],
    ['a NUL in an extension', '3;a\0b\r\nabc\r\n', chunked, 'malformed'],
    ['a folded trailer', '0\r\nA: b\r\n c\r\n\r\n', chunked, 'malformed'],
    ['a size that wraps around at 2^64', '10000000000000003\r\nabc\r\n', chunked, 'body_too_large'],
    ['a size beyond 2^48', '1000000000000\r\nabc\r\n', chunked, 'body_too_large'],
    ['an extension that is too long', `3;${'a'.repeat(5000)}\r\nabc\r\n`, chunked, 'body_too_large'],
    ['too many trailers', `0\r\n${'A: b\r\n'.repeat(129)}\r\n`, chunked, 'body_too_large'],
    ['trailers that are too long', `0\r\n${`A: ${'b'.repeat(4000)}\r\n`.repeat(5)}\r\n`, chunked, 'body_too_large'],
    ['chunks with more framing than data', `1;${'a'.repeat(200)}\r\nx\r\n`.repeat(200), chunked, 'body_too_large'],
  ] as const)('refuses %s', async (_what, message, framing, code) => {
    const body = readBody(sourceOf(message), framing)
    expect(await failureOf(() => readAll(body.readable))).toBe(code)
    expect(await within(body.ended, 'the end of the body')).toBe(false)
  })

  it('may come in chunks of one byte, and with leading zeros', async () => {
    const { data } = await bodyOf(`${'1\r\nx\r\n'.repeat(20_000)}0003\r\nabc\r\n00\r\n\r\n`, chunked)
    expect(data).toBe(`${'x'.repeat(20_000)}abc`)
  })

  it('takes nothing from the connection before it is read', async () => {
    const bytes = pattern(1024 * 1024)
    const { readable, taken } = cutStream(bytes, Array(64).fill(16 * 1024))
    const body = readBody(new ByteSource(readable), { kind: 'length', length: bytes.length })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(taken()).toBe(0)
    const reader = body.readable.getReader()
    await reader.read()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(taken()).toBe(16 * 1024)
    await reader.cancel()
    expect(await body.ended).toBe(false)
  })
})

describe('a body that is sent', () => {
  it('has its length, or chunks that are read again', async () => {
    const sized = collector()
    await writeBody(sized.writer, { kind: 'length', length: 5 }, streamOf('ab', '', 'cde'))
    expect(sized.all()).toBe('abcde')
    const inChunks = collector()
    await writeBody(inChunks.writer, chunked, streamOf('ab', '', 'c'.repeat(17)), [['T', '1']])
    expect(inChunks.all()).toBe(`2\r\nab\r\n11\r\n${'c'.repeat(17)}\r\n0\r\nT: 1\r\n\r\n`)
    expect(await bodyOf(inChunks.all(), chunked)).toMatchObject({ data: `ab${'c'.repeat(17)}`, trailers: [['T', '1']] })
  })

  it.each([
    ['longer', streamOf('abc', 'def')],
    ['shorter', streamOf('abc')],
  ])('is refused when it is %s than announced, before a byte too much', async (_what, body) => {
    const { writer, all } = collector()
    expect(await failureOf(() => writeBody(writer, { kind: 'length', length: 4 }, body))).toBe('body_mismatch')
    expect(all().length).toBeLessThanOrEqual(4)
  })

  it('fails with the error of the body, or of the connection, whose body it cancels', async () => {
    const broken = new ReadableStream<Uint8Array>({ pull: () => Promise.reject(new RangeError('no more')) })
    await expect(writeBody(collector().writer, chunked, broken)).rejects.toThrow('no more')

    let cancelled: unknown
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(latin1('x')),
      cancel(reason) {
        cancelled = reason
      },
    })
    const lost = new WritableStream<Uint8Array>({ write: () => Promise.reject(new Error('lost')) }).getWriter()
    lost.closed.catch(() => undefined)
    await expect(writeBody(lost, chunked, endless)).rejects.toThrow('lost')
    expect(String(cancelled)).toContain('lost')
  })

  it('is read only as fast as the connection takes it', async () => {
    let pulled = 0
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulled++
          controller.enqueue(new Uint8Array(1000))
        },
      },
      { highWaterMark: 0 },
    )
    const writable = new WritableStream<Uint8Array>({ write: () => new Promise(() => undefined) })
    expect(await isPending(writeBody(writable.getWriter(), chunked, body))).toBe(true)
    expect(pulled).toBeLessThan(4)
  })
})

describe('limits', () => {
  it('hold for a head: one line, all lines, their number', async () => {
    const { readResponseHead } = await import('../../src/http/message-head.js')
    const limits = { ...defaultHttpLimits, maxHeadBytes: 400, maxLineBytes: 100, maxFields: 10 }
    const read = (fields: string) => readResponseHead(sourceOf(`HTTP/1.1 200 OK\r\n${fields}\r\n`), limits)
    expect((await read(`A: ${'b'.repeat(97)}\r\n`)).fields).toHaveLength(1)
    expect(await failureOf(() => read(`A: ${'b'.repeat(98)}\r\n`))).toBe('head_too_large')
    expect((await read('A: b\r\n'.repeat(10))).fields).toHaveLength(10)
    expect(await failureOf(() => read('A: b\r\n'.repeat(11)))).toBe('head_too_large')
    expect(await failureOf(() => read(`A: ${'b'.repeat(90)}\r\n`.repeat(5)))).toBe('head_too_large')
  })

  it('are met while a line still comes: endless ones are not held', async () => {
    let sent = 0
    const endless = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          sent += 1024
          controller.enqueue(new Uint8Array(1024).fill(97))
        },
      },
      { highWaterMark: 0 },
    )
    expect(await failureOf(() => new ByteSource(endless).line(8192, 'head_too_large'))).toBe('head_too_large')
    expect(sent).toBeLessThan(12 * 1024)
  })
})

describe('the source', () => {
  it('wakes whoever reads when it is failed, and keeps failing', async () => {
    const source = new ByteSource(new ReadableStream<Uint8Array>())
    const line = source.line(100, 'head_too_large')
    const reason = new Error('enough')
    source.fail(reason)
    await expect(within(line, 'the line')).rejects.toBe(reason)
    await expect(source.some(1)).rejects.toBe(reason)
  })

  it('lets one watch and another read', async () => {
    let controller: ReadableStreamDefaultController<Uint8Array> | undefined
    const source = new ByteSource(
      new ReadableStream<Uint8Array>({
        start(given) {
          controller = given
        },
      }),
    )
    const watched = source.hasAny()
    const line = source.line(100, 'head_too_large')
    controller?.enqueue(latin1('abc\r\nd'))
    expect(await within(watched, 'the watcher')).toBe(true)
    expect(await within(line, 'the line')).toBe('abc')
    expect(text(await readAll(source.intoReadable().pipeThrough(untilFirst())))).toBe('d')
  })
})

/** One chunk, then the end. */
function untilFirst(): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream({
    transform(chunk, controller) {
      controller.enqueue(chunk)
      controller.terminate()
    },
  })
}
