import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RelayError, type RelayReason, relayReasons } from '../../src/transports/relay-error.js'
import { creditFrame, endFrame, openFrame, parseFrame, resetFrame } from '../../src/transports/relay-frames.js'

describe('relay frames', () => {
  it('are read as they were written', () => {
    expect(parseFrame(openFrame('0123abcd', 65536))).toEqual({
      type: 'open',
      connectionId: '0123abcd',
      rest: new Uint8Array(0),
      maxDataLength: 65536,
    })
    expect(parseFrame(creditFrame(0xffffffff))).toEqual({ type: 'credit', bytes: 0xffffffff })
    expect(parseFrame(endFrame())).toEqual({ type: 'end' })
    for (const reason of Object.keys(relayReasons) as RelayReason[]) {
      expect(parseFrame(resetFrame(reason, 'Weil es so ist: ß'))).toEqual({
        type: 'reset',
        reason,
        message: 'Weil es so ist: ß',
      })
    }
  })

  it('leave room: an open frame may go on, a reason may be new', () => {
    expect(parseFrame(Uint8Array.of(...openFrame('id', 1), 7, 7))).toMatchObject({ type: 'open', connectionId: 'id' })
    expect(parseFrame(Uint8Array.of(5, 200))).toEqual({ type: 'reset', reason: 'failed', message: '' })
  })

  it('are never anything but a frame or a protocol_error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (message) => {
        try {
          return parseFrame(message).type.length > 0
        } catch (error) {
          return error instanceof RelayError && error.code === 'protocol_error'
        }
      }),
    )
  })
})
