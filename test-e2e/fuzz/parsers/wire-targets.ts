import { MessageJoiner } from '../../../src/handshake/message-joiner.js'
import { alert } from '../../../src/messages/alert.js'
import type { Extension, ExtensionCarrier } from '../../../src/messages/extensions/extension.js'
import { type MessageName, messageName } from '../../../src/messages/handshake-message.js'
import { RecordFramer } from '../../../src/record/record-framer.js'
import { decodeTicketState, encodeTicketState } from '../../../src/session/ticket-state.js'
import { type Bytes, concatBytes } from '../../../src/wire/bytes.js'
import { type Codec, decode, encode } from '../../../src/wire/codec.js'
import { extensionCodec, extensionDefinitions, messageCodecs } from '../codecs.js'
import { expectSame, parsed, pieces, type Target } from './target.js'

const carriers: readonly ExtensionCarrier[] = [
  'clientHello',
  'serverHello',
  'helloRetryRequest',
  'encryptedExtensions',
  'certificateRequest',
  'certificate',
  'newSessionTicket',
]

/** What a codec reads it writes again as it was: there is one form for each value. */
function roundTrip<T>(codec: Codec<T>, input: Bytes, what: string): T | undefined {
  const value = parsed(() => decode(codec, input, what))
  if (value !== undefined) expectSame(what, encode(codec, value), input)
  return value
}

function message(name: MessageName): Target {
  return {
    name: `message-${name}`,
    run(input) {
      const body = parsed(() => decode(messageCodecs[name], input, name))
      if (body === undefined) return
      const written = encode(messageCodecs[name], body)
      // before TLS 1.3 a hello could be without its extension block: it is written with an empty one
      const { extensions = [] } = body as { extensions?: readonly Extension[] }
      const isWithoutBlock = name.endsWith('_hello') && extensions.length === 0
      if (!isWithoutBlock) expectSame(name, written, input)
      for (const extension of extensionsOf(body)) readEverywhere(extension)
    },
  }
}

function extensionsOf(body: unknown): readonly Extension[] {
  const { extensions = [], certificateList = [] } = body as {
    extensions?: readonly Extension[]
    certificateList?: readonly { extensions: readonly Extension[] }[]
  }
  return [...extensions, ...certificateList.flatMap((entry) => entry.extensions)]
}

function readEverywhere({ type, data }: Extension): void {
  for (const carrier of carriers) {
    const codec = extensionCodec(type, carrier)
    if (codec) roundTrip(codec, data, `extension ${type} of ${carrier}`)
  }
}

export const wireTargets: readonly Target[] = [
  ...(Object.keys(messageCodecs) as MessageName[]).map(message),
  {
    name: 'extensions',
    run(input) {
      const { type } = extensionDefinitions[(input[0] ?? 0) % extensionDefinitions.length] ?? { type: 0 }
      readEverywhere({ type, data: input.slice(1) })
    },
  },
  {
    name: 'records',
    run(input) {
      const framed = (chunks: readonly Bytes[]) => {
        const framer = new RecordFramer()
        const records: string[] = []
        const end = parsed(() => {
          for (const chunk of chunks) {
            for (const { type, fragment } of framer.push(chunk)) records.push(`${type}:${fragment.length}`)
          }
          return framer.isAtBoundary
        })
        return JSON.stringify([records, end])
      }
      const whole = framed([input])
      const cut = framed(pieces(input))
      if (whole !== cut) throw new Error(`the same bytes in other chunks are other records: ${whole} and ${cut}`)
    },
  },
  {
    name: 'handshake-messages',
    run(input) {
      const joined = (fragments: readonly Bytes[]) => {
        const joiner = new MessageJoiner(2 ** 17)
        const messages: Bytes[] = []
        parsed(() => {
          for (const fragment of fragments) {
            joiner.push(fragment)
            for (let bytes = joiner.take(); bytes; bytes = joiner.take()) messages.push(bytes)
          }
        })
        return messages
      }
      if (input.length === 0) return
      const messages = joined([input])
      expectSame('messages', concatBytes(...joined(pieces(input))), concatBytes(...messages))
      for (const bytes of messages) {
        const name = messageName(bytes[0] ?? 0)
        parsed(() => decode(messageCodecs[name], bytes.subarray(4), name))
      }
    },
  },
  {
    name: 'alerts',
    run(input) {
      roundTrip(alert, input, 'alert')
    },
  },
  {
    name: 'ticket-state',
    run(input) {
      const state = decodeTicketState(input)
      if (state) expectSame('ticket', encodeTicketState(state), input)
    },
  },
]
