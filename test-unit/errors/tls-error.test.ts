import { describe, expect, it } from 'vitest'
import { AlertDescription, alertName } from '../../src/errors/alert-description.js'
import { errorRules, type TlsErrorCode } from '../../src/errors/codes.js'
import { asTlsError, TlsError } from '../../src/errors/tls-error.js'

const codes = Object.keys(errorRules) as TlsErrorCode[]

describe('TlsError', () => {
  //= rfc9846#section-6 6-9 6-10
  it.each(codes)('%s has its category, and the alert that the table gives it', (code) => {
    const { category, alert } = errorRules[code]
    const error = new TlsError(code, 'why')
    expect(error).toMatchObject({ name: 'TlsError', code, category, message: 'why', alertDescription: alert })
    expect(error.alert).toBe(alert === undefined ? undefined : alertName(alert))
    expect(error).toBeInstanceOf(Error)
  })

  it('has the alert that came, for peer_alert', () => {
    const error = new TlsError('peer_alert', 'why', { receivedAlert: AlertDescription.unknown_ca })
    expect(error).toMatchObject({ category: 'alert', alert: 'unknown_ca', alertDescription: 48 })
  })

  it('names an alert that it does not know by its number', () => {
    expect(new TlsError('peer_alert', 'why', { receivedAlert: 200 }).alert).toBe('alert_200')
  })

  it('has a cause only where there is one', () => {
    const cause = new Error('first')
    expect(new TlsError('internal', 'why', { cause }).cause).toBe(cause)
    expect(Object.hasOwn(new TlsError('internal', 'why'), 'cause')).toBe(false)
  })
})

describe('the table of codes', () => {
  it('has an alert for every fault of the peer, and none for what ends without one', () => {
    for (const code of codes) {
      const { category, alert } = errorRules[code]
      if (category === 'protocol') expect(alert, code).toBeTypeOf('number')
      if (category === 'alert' || category === 'closed') expect(alert, code).toBeUndefined()
    }
  })

  it('never has close_notify as the alert of an error', () => {
    expect(codes.filter((code) => (errorRules[code].alert as number | undefined) === 0)).toEqual([])
  })
})

describe('asTlsError', () => {
  it('hands a TlsError on', () => {
    const error = new TlsError('truncated', 'why')
    expect(asTlsError(error, 'transport_failed')).toBe(error)
  })

  it.each([
    [new RangeError('out of it'), 'internal error: RangeError: out of it'],
    ['a text', 'internal error: a text'],
    [undefined, 'internal error: undefined'],
    [null, 'internal error: null'],
  ])('makes an internal error of %o, with the cause kept', (thrown, message) => {
    expect(asTlsError(thrown)).toMatchObject({ code: 'internal', message })
    expect(asTlsError(thrown).cause).toBe(thrown)
  })
})

//= rfc9846#section-6.2 6.2-9
it('no code has the alert general_error, for each has one that says more (6.2)', () => {
  expect(Object.values(errorRules).map(({ alert }) => alert)).not.toContain(117)
})
