import { describe, expect, it } from 'vitest'
import { WispCloseReason } from '../../../src/transports/wisp/close-reason.js'
import { closeReasonError, wispFailed } from '../../../src/transports/wisp/wisp-error.js'

describe('the reasons of a CLOSE packet', () => {
  it('have a code and a message each', () => {
    const errors = Object.values(WispCloseReason).map(closeReasonError)
    expect(errors.map(({ code, reason }) => [reason, code])).toEqual([
      [0x01, 'unspecified'],
      [0x02, 'voluntary'],
      [0x03, 'network_error'],
      [0x41, 'bad_target'],
      [0x42, 'unreachable'],
      [0x43, 'timed_out'],
      [0x44, 'refused'],
      [0x47, 'transfer_timed_out'],
      [0x48, 'blocked'],
      [0x49, 'throttled'],
      [0x81, 'client_error'],
    ])
    expect(new Set(errors.map(({ message }) => message)).size).toBe(errors.length)
  })

  it('are unspecified where Wisp 1.2 has none, and say the number', () => {
    expect(closeReasonError(0x04)).toMatchObject({ code: 'unspecified', reason: 4 })
    expect(closeReasonError(0x04).message).toContain('0x04')
  })

  it('are the cause of the error that a user gets', () => {
    const error = wispFailed(closeReasonError(WispCloseReason.refused))
    expect(error).toMatchObject({
      code: 'transport_failed',
      category: 'io',
      cause: { name: 'WispError', code: 'refused' },
    })
    expect(error.message).toContain('refused')
  })
})
