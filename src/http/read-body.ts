import type { ByteSource } from './byte-source.js'
import { type Fields, HeadBudget, readFields } from './fields.js'
import type { BodyFraming } from './framing.js'
import { HttpError } from './http-error.js'
import { defaultHttpLimits, type HttpLimits } from './limits.js'

export interface MessageBody {
  /** Nothing is taken from the source before it is read: a reader who is slow slows the peer. */
  readonly readable: ReadableStream<Uint8Array>
  /**
   * How it ended: true when it was read to its end, so that the connection is at the next message; false when it was
   * cancelled or has failed. Never rejects.
   */
  readonly ended: Promise<boolean>
  /** The trailers of a chunked body that has ended, bounded and not merged into anything (RFC 9110 section 6.5). */
  readonly trailers: () => Fields
}

/** RFC 9112 sections 6 and 7: the body of a message whose head was just read. */
export function readBody(
  source: ByteSource,
  framing: BodyFraming,
  limits: HttpLimits = defaultHttpLimits,
): MessageBody {
  let trailers: Fields = []
  let resolveEnded: (isWhole: boolean) => void = () => undefined
  const ended = new Promise<boolean>((resolve) => {
    resolveEnded = resolve
  })
  const setTrailers = (fields: Fields) => {
    trailers = fields
  }
  const pieces = {
    none: () => nothing(),
    length: () => sizedBody(source, framing.kind === 'length' ? framing.length : 0),
    chunked: () => chunkedBody(source, limits, setTrailers),
    close: () => closedBody(source),
  }[framing.kind]()

  const isEmpty = framing.kind === 'none' || (framing.kind === 'length' && framing.length === 0)
  const readable = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        if (!isEmpty) return
        controller.close()
        resolveEnded(true)
      },
      async pull(controller) {
        try {
          const piece = await pieces()
          if (piece.data) controller.enqueue(piece.data)
          if (!piece.isLast) return
          controller.close()
          resolveEnded(true)
        } catch (error) {
          resolveEnded(false)
          throw error
        }
      },
      cancel() {
        resolveEnded(false)
      },
    },
    { highWaterMark: 0 },
  )
  return { readable, ended, trailers: () => trailers }
}

interface Piece {
  readonly data?: Uint8Array
  readonly isLast: boolean
}
/** One call, one piece; the last one says so, so that the end is known with it and not at the next read. */
type Pieces = () => Promise<Piece>

function nothing(): Pieces {
  return async () => ({ isLast: true })
}

function sizedBody(source: ByteSource, length: number): Pieces {
  let left = length
  return async () => {
    const data = await source.some(Math.min(left, pieceLimit))
    if (data === undefined) {
      throw new HttpError('incomplete', `the body ended ${left} bytes short of the ${length} that were announced`)
    }
    left -= data.length
    return { data, isLast: left === 0 }
  }
}

function closedBody(source: ByteSource): Pieces {
  return async () => {
    const data = await source.some(pieceLimit)
    return data === undefined ? { isLast: true } : { data, isLast: false }
  }
}

/** RFC 9112 section 7.1 */
function chunkedBody(source: ByteSource, limits: HttpLimits, onTrailers: (fields: Fields) => void): Pieces {
  let left = 0
  /** Framing beyond what the data justifies: a body of one-byte chunks with long extensions is an attack. */
  let overhead = 0
  return async () => {
    if (left === 0) {
      const line = await source.line(maxChunkLine, 'body_too_large')
      left = chunkSize(line)
      if (left === 0) {
        const budget = new HeadBudget(limits, limits.maxTrailerBytes, 'body_too_large')
        onTrailers(await readFields(source, budget))
        return { isLast: true }
      }
      overhead = Math.max(0, overhead + line.length + framingBytes - justifiedOverhead - 2 * left)
      if (overhead > limits.maxChunkOverheadBytes) {
        throw new HttpError('body_too_large', 'the chunks have more framing and extensions than data')
      }
    }
    const data = await source.some(Math.min(left, pieceLimit))
    if (data === undefined) throw new HttpError('incomplete', `the body ended ${left} bytes before the end of a chunk`)
    left -= data.length
    if (left === 0 && (await source.line(0, 'malformed')) !== '') {
      throw new HttpError('malformed', 'a chunk is longer than its size says')
    }
    return { data, isLast: false }
  }
}

/** RFC 9112 section 7.1.1: extensions that are not known are ignored, but they must be ones. */
function chunkSize(line: string): number {
  const match = /^([0-9A-Fa-f]+)((?:[\t ]*;[\t\x20-\x7e\x80-\xff]*)?)$/.exec(line)
  const digits = match?.[1]?.replace(/^0+(?=.)/, '')
  if (digits === undefined)
    throw new HttpError('malformed', `not the size of a chunk: ${JSON.stringify(line.slice(0, 40))}`)
  // section 7.1: "recipients MUST anticipate potentially large hexadecimal numerals and prevent parsing errors"
  if (digits.length > maxSizeDigits) throw new HttpError('body_too_large', 'a chunk is larger than 2^48 bytes')
  return Number.parseInt(digits, 16)
}

/** What is handed out at once, in bytes. */
const pieceLimit = 64 * 1024
/** The size of a chunk with its extensions, in bytes. */
const maxChunkLine = 4096
/** 2^48 is exact in a number, and no body is that long. */
const maxSizeDigits = 12
/** The two CRLFs of a chunk. */
const framingBytes = 4
/** What each chunk may cost beside its data, whatever its size. */
const justifiedOverhead = 16
