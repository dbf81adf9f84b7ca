import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteSource } from '../../src/http/byte-source.js'
import type { Field } from '../../src/http/fields.js'
import { requestFraming, responseFraming } from '../../src/http/framing.js'
import { HttpError } from '../../src/http/http-error.js'
import {
  encodeRequestHead,
  encodeResponseHead,
  readFinalResponseHead,
  readRequestHead,
} from '../../src/http/message-head.js'
import { readBody } from '../../src/http/read-body.js'
import { writeBody } from '../../src/http/write-body.js'
import { concatBytes } from '../../src/wire/bytes.js'
import { arbitraryBytes, arbitraryMutation } from '../support/arbitraries.js'
import { readAll } from '../support/streams.js'
import { collector, cutStream, streamOf } from './support.js'

const tokenCharacters = "!#$%&'*+-.^_`|~0123456789abcXYZ".split('')
const token = fc.string({ unit: fc.constantFrom(...tokenCharacters), minLength: 1, maxLength: 12 })
const value = fc
  .string({ unit: fc.constantFrom(...'\t !:;,"=abc\xe9\xff'.split('')), maxLength: 30 })
  .map((text) => text.replace(/^[\t ]+|[\t ]+$/g, ''))
const special = new Set(['host', 'content-length', 'transfer-encoding', 'connection'])
const field: fc.Arbitrary<Field> = fc.tuple(token, value).filter(([name]) => !special.has(name.toLowerCase()))
const body = fc.record({
  isChunked: fc.boolean(),
  chunks: fc.array(arbitraryBytes(0, 80), { maxLength: 5 }),
})
const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 300 })
const message = fc.record({ fields: fc.array(field, { maxLength: 5 }), body })

type Message = typeof message extends fc.Arbitrary<infer T> ? T : never

async function encode(messages: readonly Message[], head: (fields: readonly Field[]) => Uint8Array) {
  const { writer, writes } = collector()
  for (const { fields, body } of messages) {
    const length = body.chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    const framing = body.isChunked ? { kind: 'chunked' as const } : { kind: 'length' as const, length }
    await writer.write(
      head([...fields, body.isChunked ? ['Transfer-Encoding', 'chunked'] : ['Content-Length', String(length)]]),
    )
    await writeBody(writer, framing, streamOf(...body.chunks))
  }
  return concatBytes(...writes)
}

describe('messages one after another', () => {
  it('are the same requests wherever their bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 4 }), cuts, async (messages, lengths) => {
        const bytes = await encode(messages, (fields) =>
          encodeRequestHead({ method: 'PUT', target: '/x', fields: [['Host', 'h'], ...fields] }),
        )
        const source = new ByteSource(cutStream(bytes, lengths).readable)
        for (const { fields, body } of messages) {
          const head = await readRequestHead(source)
          expect(head?.fields.slice(1, -1)).toEqual(fields)
          if (head === undefined) return
          const received = await readAll(readBody(source, requestFraming(head)).readable)
          expect(received).toEqual(concatBytes(...body.chunks))
        }
        expect(await readRequestHead(source)).toBeUndefined()
      }),
      { numRuns: 200 },
    )
  })

  it('are the same responses wherever their bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 4 }), cuts, async (messages, lengths) => {
        const bytes = await encode(messages, (fields) => encodeResponseHead({ status: 200, reason: 'OK', fields }))
        const source = new ByteSource(cutStream(bytes, lengths).readable)
        for (const { fields, body } of messages) {
          const head = await readFinalResponseHead(source)
          expect(head.fields.slice(0, -1)).toEqual(fields)
          const received = await readAll(readBody(source, responseFraming(head, 'GET')).readable)
          expect(received).toEqual(concatBytes(...body.chunks))
        }
        expect(await source.hasAny()).toBe(false)
      }),
      { numRuns: 200 },
    )
  })

  it('that are damaged end in an HttpError or in messages, never in another exception, the same however cut', async () => {
    const outcome = async (bytes: Uint8Array, lengths: readonly number[]) => {
      const source = new ByteSource(cutStream(bytes, lengths).readable)
      const seen: unknown[] = []
      try {
        for (let head = await readRequestHead(source); head; head = await readRequestHead(source)) {
          seen.push(head.fields)
          seen.push(await readAll(readBody(source, requestFraming(head)).readable))
        }
      } catch (error) {
        if (!(error instanceof HttpError)) throw error
        seen.push(error.code)
      }
      return seen
    }
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { minLength: 1, maxLength: 3 }),
        arbitraryMutation,
        cuts,
        async (messages, mutate, lengths) => {
          const bytes = await encode(messages, (fields) =>
            encodeRequestHead({ method: 'PUT', target: '/x', fields: [['Host', 'h'], ...fields] }),
          )
          const damaged = mutate(bytes)
          expect(await outcome(damaged, lengths)).toEqual(await outcome(damaged, []))
        },
      ),
      { numRuns: 300 },
    )
  })
})
