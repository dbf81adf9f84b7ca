import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TlsError } from '../../src/errors/tls-error.js'
import { decodeMessage, encodeMessage, type MessageName } from '../../src/messages/handshake-message.js'
import type { Bytes } from '../../src/wire/bytes.js'
import { arbitraryBytes, arbitraryMessages, arbitraryMutation, messageNames } from '../support/arbitraries.js'
import { guarded, liesWithin } from '../support/guarded-bytes.js'

/** Parses what may be anything; the only way to fail is a TlsError of bad form. */
function parseOrRefuse(name: MessageName, bytes: Bytes): 'parsed' | 'refused' {
  const { view, isIntact } = guarded(bytes)
  try {
    const message = decodeMessage(name, view)
    expect(liesWithin(message.body, view)).toBe(true)
    // strict: what was accepted is exactly what we would write, so no two readings of the same bytes
    expect(encodeMessage(name, message.body).subarray(4)).toEqual(view.slice(4))
    return 'parsed'
  } catch (error) {
    if (!(error instanceof TlsError)) throw error
    expect(error.code).toBe('decode_error')
    return 'refused'
  } finally {
    expect(isIntact()).toBe(true)
  }
}

/** Of a hello's extension block with its length, in bytes. */
const blockLength = ({ extensions }: { extensions: readonly { data: Bytes }[] }) =>
  extensions.reduce((length, { data }) => length + 4 + data.length, 2)

/** An old hello may lack its extension block, and is then written with an empty one. */
const hasOptionalBlock = (name: MessageName) => name === 'client_hello' || name === 'server_hello'

describe.each(messageNames)('%s', (name) => {
  const body = arbitraryMessages[name] as fc.Arbitrary<never>

  it('is read as it was written', () => {
    fc.assert(
      fc.property(body, (value) => {
        const bytes = encodeMessage(name, value)
        expect(decodeMessage(name, bytes)).toEqual({ name, bytes, body: value })
      }),
    )
  })

  // a Finished has no length of its own, an EndOfEarlyData no bytes
  it.skipIf(name === 'finished' || name === 'end_of_early_data')(
    'is refused with decode_error wherever it is cut short',
    () => {
      fc.assert(
        fc.property(body, fc.nat(), (value, position) => {
          const bytes = encodeMessage(name, value)
          const length = 4 + (position % (bytes.length - 4))
          // the one place where a hello may end early
          fc.pre(!hasOptionalBlock(name) || length !== bytes.length - blockLength(value))
          expect(() => decodeMessage(name, bytes.slice(0, length))).toThrow(
            expect.objectContaining({ code: 'decode_error' }),
          )
        }),
      )
    },
  )

  //= rfc9846#section-6 6-9
  it('is refused with decode_error when bytes follow it', () => {
    fc.assert(
      fc.property(body, arbitraryBytes(65, 80), (value, more) => {
        expect(parseOrRefuse(name, Uint8Array.from([...encodeMessage(name, value), ...more]))).toBe('refused')
      }),
    )
  })

  it('is parsed or refused with decode_error whatever is changed in it', () => {
    fc.assert(
      fc.property(body, fc.array(arbitraryMutation, { minLength: 1, maxLength: 4 }), (value, mutations) => {
        const bytes = encodeMessage(name, value)
        const changed = mutations.reduce((each, mutate) => mutate(each), bytes.slice(4))
        if (hasOptionalBlock(name)) decodeOrRefuse(name, changed)
        else parseOrRefuse(name, Uint8Array.from([...bytes.subarray(0, 4), ...changed]))
      }),
    )
  })

  it('is parsed or refused with decode_error when it is random bytes', () => {
    fc.assert(
      fc.property(arbitraryBytes(0, 400), (bytes) => {
        if (hasOptionalBlock(name)) decodeOrRefuse(name, bytes)
        else parseOrRefuse(name, Uint8Array.from([0, 0, 0, 0, ...bytes]))
      }),
    )
  })
})

function decodeOrRefuse(name: MessageName, body: Bytes): void {
  const { view, isIntact } = guarded(Uint8Array.from([0, 0, 0, 0, ...body]))
  try {
    expect(liesWithin(decodeMessage(name, view).body, view)).toBe(true)
  } catch (error) {
    expect(error).toBeInstanceOf(TlsError)
    expect(error).toHaveProperty('code', 'decode_error')
  }
  expect(isIntact()).toBe(true)
}

describe('a hello of before TLS 1.3', () => {
  it('may end without an extension block, and has no extensions then', () => {
    fc.assert(
      fc.property(arbitraryMessages.server_hello, (hello) => {
        const bytes = encodeMessage('server_hello', { ...hello, extensions: [] })
        expect(decodeMessage('server_hello', bytes.slice(0, -2)).body).toEqual({ ...hello, extensions: [] })
      }),
    )
  })

  it('is refused when it ends within the length of its extension block', () => {
    fc.assert(
      fc.property(arbitraryMessages.client_hello, (hello) => {
        const bytes = encodeMessage('client_hello', { ...hello, extensions: [] })
        expect(() => decodeMessage('client_hello', bytes.slice(0, -1))).toThrow(/1 are there/)
      }),
    )
  })
})

describe('an extension block', () => {
  //= rfc9846#section-4.3 4.3-10
  it('is refused with decode_error when a type stands there twice', () => {
    fc.assert(
      fc.property(arbitraryMessages.encrypted_extensions, ({ extensions }) => {
        const [first] = extensions
        if (!first) return
        const bytes = encodeMessage('encrypted_extensions', { extensions: [...extensions, first] })
        expect(() => decodeMessage('encrypted_extensions', bytes)).toThrow(/stands there twice/)
      }),
    )
  })
})
