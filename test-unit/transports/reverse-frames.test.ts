import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RelayError } from '../../src/transports/relay-error.js'
import {
  arrivalFrame,
  parseReverseFrame,
  pingFrame,
  pongFrame,
  type ReverseFrame,
  readArrival,
  readRegistration,
  registrationFrame,
  reverseCreditFrame,
  reverseEndFrame,
  reverseHeaderLength,
  reverseResetFrame,
  writeDataHeader,
} from '../../src/transports/reverse-frames.js'

const openOf = ({ frame }: ReverseFrame) => {
  if (frame.type !== 'open') throw new Error(`a ${frame.type} frame`)
  return frame
}

describe('frames of webtls.reverse.v1', () => {
  it('are read as they were written', () => {
    const registration = { id: 'reg', maxDataLength: 65_536, credit: 4_000_000, port: 8443 }
    const registered = parseReverseFrame(registrationFrame(registration))
    expect(registered.stream).toBe(0)
    expect(readRegistration(openOf(registered))).toEqual(registration)
    const arrived = { id: 'c0ffee', remoteAddress: '2001:db8::1', remotePort: 50_000 }
    const arrival = parseReverseFrame(arrivalFrame(0xffffffff, arrived, 1))
    expect(arrival.stream).toBe(0xffffffff)
    expect(readArrival(openOf(arrival))).toEqual(arrived)
    expect(parseReverseFrame(reverseCreditFrame(7, 9))).toEqual({ stream: 7, frame: { type: 'credit', bytes: 9 } })
    expect(parseReverseFrame(reverseEndFrame(7))).toEqual({ stream: 7, frame: { type: 'end' } })
    expect(parseReverseFrame(reverseResetFrame(7, 'idle', 'ß'))).toEqual({
      stream: 7,
      frame: { type: 'reset', reason: 'idle', message: 'ß' },
    })
    expect(parseReverseFrame(pingFrame()).frame.type).toBe('ping')
    expect(parseReverseFrame(pongFrame()).frame.type).toBe('pong')
    const data = new Uint8Array(reverseHeaderLength + 2).fill(5)
    writeDataHeader(data, 3)
    expect(parseReverseFrame(data)).toEqual({ stream: 3, frame: { type: 'data', data: Uint8Array.of(5, 5) } })
  })

  it('leave room: what follows the fields of an OPEN is for later versions', () => {
    const longer = (frame: Uint8Array) => parseReverseFrame(Uint8Array.of(...frame, 1, 2, 3))
    const registration = { id: 'r', maxDataLength: 1, credit: 2, port: 3 }
    expect(readRegistration(openOf(longer(registrationFrame(registration))))).toEqual(registration)
    const arrived = { id: 'c', remoteAddress: '', remotePort: 4 }
    expect(readArrival(openOf(longer(arrivalFrame(1, arrived, 1))))).toEqual(arrived)
  })

  it('are never anything but frames or a protocol_error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (message) => {
        try {
          const { frame } = parseReverseFrame(message)
          if (frame.type !== 'open') return frame.type.length > 0
          readRegistration(frame)
          return readArrival(frame).id.length >= 0
        } catch (error) {
          return error instanceof RelayError && error.code === 'protocol_error'
        }
      }),
    )
    for (const message of [[], [0, 0, 0, 0], [0, 0, 0, 1, 6], [0, 0, 0, 0, 6, 1], [0, 0, 0, 0, 9]]) {
      expect(() => parseReverseFrame(Uint8Array.from(message))).toThrow(RelayError)
    }
  })
})
