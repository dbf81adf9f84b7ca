import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WispCloseReason } from '../../../src/transports/wisp/close-reason.js'
import {
  closePacket,
  connectPacket,
  continuePacket,
  dataPacket,
  parseWispPacket,
  writeDataHeader,
} from '../../../src/transports/wisp/packets.js'
import { WispError } from '../../../src/transports/wisp/wisp-error.js'
import { fromHex, toHex } from '../../../src/wire/bytes.js'

const uint32 = fc.nat({ max: 0xffffffff })

describe('Wisp packets', () => {
  it('have the bytes that the specification gives them', () => {
    expect(toHex(connectPacket(0x01020304, 'a.test', 443))).toBe('010403020101bb01612e74657374')
    expect(toHex(dataPacket(7, Uint8Array.of(0xaa)))).toBe('0207000000aa')
    expect(toHex(continuePacket(0, 128))).toBe('030000000080000000')
    expect(toHex(closePacket(0xffffffff, WispCloseReason.voluntary))).toBe('04ffffffff02')
  })

  it('are read as they were written', () => {
    const name = fc.string({ unit: 'binary', maxLength: 60 })
    fc.assert(
      fc.property(uint32, name, fc.nat({ max: 65535 }), fc.nat({ max: 255 }), (stream, hostname, port, streamType) => {
        const packet = parseWispPacket(connectPacket(stream, hostname, port, streamType))
        expect(packet).toEqual({ type: 'connect', stream, hostname, port, streamType })
      }),
    )
    fc.assert(
      fc.property(uint32, uint32, (stream, packets) => {
        expect(parseWispPacket(continuePacket(stream, packets))).toEqual({ type: 'continue', stream, packets })
      }),
    )
    fc.assert(
      fc.property(uint32, fc.uint8Array({ maxLength: 300 }), (stream, data) => {
        expect(parseWispPacket(dataPacket(stream, data))).toEqual({ type: 'data', stream, data })
        const room = new Uint8Array(5 + data.length)
        room.set(data, 5)
        writeDataHeader(room, stream)
        expect(room).toEqual(dataPacket(stream, data))
      }),
    )
    for (const reason of Object.values(WispCloseReason)) {
      expect(parseWispPacket(closePacket(1, reason))).toEqual({ type: 'close', stream: 1, reason })
    }
  })

  it('read any bytes as a packet or a protocol_error', () => {
    const almost = fc.tuple(fc.integer({ min: 0, max: 6 }), fc.uint8Array({ maxLength: 40 }))
    fc.assert(
      fc.property(almost, ([type, rest]) => {
        try {
          return parseWispPacket(Uint8Array.of(type, ...rest)).stream >= 0
        } catch (error) {
          return error instanceof WispError && error.code === 'protocol_error'
        }
      }),
    )
  })

  it.each([
    '',
    '02',
    '02010000',
    '0301000000',
    '03010000000000',
    '03010000000000000000',
    '0401000000',
    '04010000000202',
  ])('refuse "%s", which is too short or too long', (hex) => {
    expect(() => parseWispPacket(fromHex(hex))).toThrow(WispError)
  })

  it('read a CONNECT that a server must answer as one, whatever stands in it', () => {
    const useless = { type: 'connect', stream: 1, hostname: undefined }
    expect(parseWispPacket(fromHex('0101000000'))).toMatchObject(useless)
    expect(parseWispPacket(fromHex('010100000001bb'))).toMatchObject(useless)
    expect(parseWispPacket(fromHex('010100000001bb01ff'))).toMatchObject({ ...useless, streamType: 1, port: 443 })
    expect(parseWispPacket(connectPacket(1, 'a'.repeat(1025), 443))).toMatchObject(useless)
    expect(parseWispPacket(connectPacket(1, '', 443))).toMatchObject({ hostname: '' })
  })

  it('leave room for the types of later versions', () => {
    expect(parseWispPacket(fromHex('05000000000200'))).toEqual({ type: 'unknown', stream: 0, number: 5 })
    expect(parseWispPacket(fromHex('0000000000'))).toEqual({ type: 'unknown', stream: 0, number: 0 })
  })
})
