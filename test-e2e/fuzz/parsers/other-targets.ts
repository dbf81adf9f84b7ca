import { ByteSource } from '../../../src/http/byte-source.js'
import { requestFraming, responseFraming } from '../../../src/http/framing.js'
import { HttpError } from '../../../src/http/http-error.js'
import { readRequestHead, readResponseHead } from '../../../src/http/message-head.js'
import { readBody } from '../../../src/http/read-body.js'
import { RelayError } from '../../../src/transports/relay-error.js'
import { parseFrame } from '../../../src/transports/relay-frames.js'
import { parseWispPacket } from '../../../src/transports/wisp/packets.js'
import { WispError } from '../../../src/transports/wisp/wisp-error.js'
import type { Bytes } from '../../../src/wire/bytes.js'
import { parsed, pieces, type Target } from './target.js'

/** Reads one message after another, and says what was read, so that other chunks must give the same. */
async function readMessages(chunks: readonly Bytes[], readOne: (source: ByteSource) => Promise<string | undefined>) {
  const left = [...chunks]
  const source = new ByteSource(
    new ReadableStream({
      pull(controller) {
        const chunk = left.shift()
        if (chunk) controller.enqueue(chunk)
        else controller.close()
      },
    }),
  )
  const messages: string[] = []
  try {
    for (let count = 0; count < 8; count++) {
      const message = await readOne(source)
      if (message === undefined) return messages.join('\n')
      messages.push(message)
    }
  } catch (error) {
    if (!(error instanceof HttpError)) throw error
    messages.push(error.code)
  }
  return messages.join('\n')
}

async function lengthOf(readable: ReadableStream<Uint8Array>): Promise<number> {
  let length = 0
  for await (const piece of readable) length += piece.length
  return length
}

async function readRequest(source: ByteSource): Promise<string | undefined> {
  const head = await readRequestHead(source)
  if (!head) return undefined
  const body = readBody(source, requestFraming(head))
  return JSON.stringify([head, await lengthOf(body.readable), body.trailers()])
}

async function readResponse(source: ByteSource): Promise<string | undefined> {
  if (!(await source.hasAny())) return undefined
  const head = await readResponseHead(source)
  const body = readBody(source, responseFraming(head, 'GET'))
  return JSON.stringify([head, await lengthOf(body.readable), body.trailers()])
}

function http(name: string, readOne: (source: ByteSource) => Promise<string | undefined>): Target {
  return {
    name,
    async run(input) {
      const whole = await readMessages([input], readOne)
      const cut = await readMessages(pieces(input), readOne)
      if (whole !== cut) throw new Error(`the same bytes in other chunks are other messages: ${whole} and ${cut}`)
    },
  }
}

export const otherTargets: readonly Target[] = [
  {
    name: 'relay-frames',
    run(input) {
      parsed(
        () => parseFrame(input),
        (error) => error instanceof RelayError,
      )
    },
  },
  {
    name: 'wisp-packets',
    run(input) {
      parsed(
        () => parseWispPacket(input),
        (error) => error instanceof WispError,
      )
    },
  },
  http('http-requests', readRequest),
  http('http-responses', readResponse),
]
