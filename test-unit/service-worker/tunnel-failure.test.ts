import { describe, expect, it } from 'vitest'
import { tunnelFailure } from '../../src/service-worker/tunnel-failure.js'
import { relayFailed } from '../../src/transports/web-socket-like.js'
import { closeReasonError, wispFailed } from '../../src/transports/wisp/wisp-error.js'

describe('the failure of a request through the tunnel', () => {
  it.each([
    ['a relay', relayFailed('blocked', 'no'), 'blocked', 502],
    ['a relay that waited in vain', relayFailed('timed_out', 'no'), 'timed_out', 504],
    ['a Wisp server', wispFailed(closeReasonError(0x48)), 'blocked', 502],
    ['a Wisp server that waited in vain', wispFailed(closeReasonError(0x43)), 'timed_out', 504],
  ])('has the reason of %s', (_, error, relayReason, status) => {
    // fetch wraps what it met
    const failure = tunnelFailure('https://a.test/', new TypeError('fetch failed', { cause: error }))
    expect(failure).toMatchObject({ code: 'transport_failed', relayReason, status })
  })

  it('has no such reason where neither was to blame', () => {
    expect(tunnelFailure('https://a.test/', new Error('x'))).toMatchObject({ code: 'internal', relayReason: undefined })
  })
})
