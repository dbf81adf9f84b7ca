import { describe, expect, it } from 'vitest'
import { decodeMessage, encodeMessage, messageName } from '../../src/messages/handshake-message.js'
import { isHelloRetryRequest } from '../../src/messages/server-hello.js'
import { toHex } from '../../src/wire/bytes.js'
import { allTraces, traces } from '../vectors/rfc8448-all.js'
import { fieldBytes, type TraceStep } from '../vectors/rfc8448-trace.js'

const construction = /^construct an? (\w+) handshake message$/

const constructed = (steps: readonly TraceStep[]) =>
  steps.flatMap((step, index) => {
    const [, name] = construction.exec(step.step) ?? []
    if (name === undefined) return []
    // section 4 shows its ClientHello without the binders that it announces: what was sent has them
    const hasBinders = steps[index + 1]?.step === 'calculate PSK binder'
    const sent = steps.slice(index).find((each) => each.step === 'send handshake record')
    return [{ name, bytes: hasBinders && sent ? fieldBytes(sent, 'payload') : fieldBytes(step, name) }]
  })

const snakeCase = (name: string) => name.replace(/(?<=.)([A-Z])/g, '_$1').toLowerCase()

describe.each(allTraces)('RFC 8448 %s', (_title, trace) => {
  const messages = constructed(trace.steps)

  it.each(messages.map(({ name, bytes }) => [name, bytes] as const))(
    '%s is read, and written again byte for byte',
    (name, bytes) => {
      const type = messageName(bytes[0] ?? 0)
      expect(type).toBe(snakeCase(name))
      const { body } = decodeMessage(type, bytes)
      expect(toHex(encodeMessage(type, body))).toBe(toHex(bytes))
    },
  )
})

it('tells the HelloRetryRequest of section 5 from the ServerHello that follows', () => {
  const hellos = constructed(traces['section 5, HelloRetryRequest'].steps).filter(({ name }) => name === 'ServerHello')
  expect(hellos.map(({ bytes }) => isHelloRetryRequest(decodeMessage('server_hello', bytes).body))).toEqual([
    true,
    false,
  ])
})
