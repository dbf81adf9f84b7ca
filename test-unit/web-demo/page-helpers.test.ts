import { describe, expect, it } from 'vitest'
import { HttpError } from '../../src/http.js'
import { TlsError } from '../../src/index.js'
import { RelayError } from '../../src/websocket.js'
import { overviewMarks } from '../../web-demo/inspector/overview.js'
import { explain, failureText } from '../../web-demo/page/advice.js'
import { defaultValues, fromFragment, toFragment } from '../../web-demo/page/form-values.js'
import {
  formatBytes,
  formatDistance,
  formatFingerprint,
  formatMessageName,
  formatMilliseconds,
  formatSpeed,
} from '../../web-demo/page/format.js'
import { asText, hexDump } from '../../web-demo/page/hex-dump.js'
import { Recorder } from '../../web-demo/wire/recorder.js'

describe('formats', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1500, '1.5 kB'],
    [999_600, '1 MB'],
    [50_000_000, '50 MB'],
    [123_456_789, '123 MB'],
    [2_500_000_000, '2.5 GB'],
  ])('%i bytes as %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))

  it.each([
    [0.01, '< 0.1 ms'],
    [1.26, '1.3 ms'],
    [99.96, '100 ms'],
    [1234, '1.23 s'],
  ])('%f ms as %s', (milliseconds, text) => expect(formatMilliseconds(milliseconds)).toBe(text))

  it('speeds, names, fingerprints and distances', () => {
    expect(formatSpeed(5_000_000, 500)).toBe('10 MB/s')
    expect(formatSpeed(5, 0)).toBe('–')
    expect(formatMessageName('hello_retry_request')).toBe('HelloRetryRequest')
    expect(formatFingerprint('ab12')).toBe('AB:12')
    const now = new Date('2026-01-10T12:00:00Z')
    expect(formatDistance(new Date('2026-01-11T12:00:00Z'), now)).toBe('in 1 day')
    expect(formatDistance(new Date('2026-01-07T12:00:00Z'), now)).toBe('3 days ago')
  })
})

it('hex is laid out so that columns stand below each other', () => {
  const lines = hexDump(
    Uint8Array.from({ length: 10 }, (_, index) => index + 0x41),
    8,
  )
  expect(lines.map(({ offset, text }) => [offset, text])).toEqual([
    ['0000', 'ABCDEFGH'],
    ['0008', 'IJ'],
  ])
  expect(lines[0]?.hex).toBe('41 42 43 44  45 46 47 48 ')
  expect(lines[1]?.hex).toHaveLength(lines[0]?.hex.length ?? 0)
})

it('text is told from other bytes, even when it ends within a character', () => {
  const text = new TextEncoder().encode('line\nümlaut')
  expect(asText(text)).toBe('line\nümlaut')
  expect(asText(text.subarray(0, 6))).toBe('line\n')
  expect(asText(Uint8Array.of(65, 0, 66))).toBeUndefined()
  expect(asText(Uint8Array.of(0xff, 0xfe))).toBeUndefined()
})

describe('the address of the page', () => {
  const defaults = defaultValues(undefined)

  it('keeps what differs from the defaults, and no certificate', () => {
    const values = { ...defaults, host: 'example.com', port: 8443, withoutKeyShare: true, pem: 'secret' }
    const fragment = toFragment(values, defaults)
    expect(fragment).toBe('host=example.com&port=8443&withoutKeyShare=true')
    expect(fromFragment(`#${fragment}`, defaults)).toEqual({ ...values, pem: '' })
    expect(toFragment(defaults, defaults)).toBe('')
  })

  it('can say nothing that the form could not', () => {
    expect(fromFragment('#port=99999&method=HACK&trust=demo&bodyKind=x&unknown=1&pem=x', defaults)).toEqual(defaults)
  })
})

describe('an explanation', () => {
  it('names the relay’s reason, wherever it is among the causes', () => {
    const relay = new RelayError('blocked', 'not allowed')
    const error = new TlsError('transport_failed', 'no connection', { cause: new Error('dial', { cause: relay }) })
    expect(explain(error)).toMatchObject({ code: 'blocked', title: 'The relay refuses to go there' })
  })

  it('says who sent the alert', () => {
    expect(explain(new TlsError('certificate_unknown_issuer', 'x')).alert).toEqual({ name: 'unknown_ca', by: 'page' })
    const received = explain(new TlsError('peer_alert', 'x', { receivedAlert: 120 }))
    expect(received.alert).toEqual({ name: 'no_application_protocol', by: 'server' })
    expect(received.title).toBe('No protocol in common')
  })

  it('has words for anything', () => {
    for (const thrown of [new TlsError('decode_error', 'x'), new HttpError('malformed', 'x'), new Error('x'), 'x']) {
      const failure = explain(thrown)
      expect(failure.title).not.toBe('')
      expect(failureText(failure)).toContain('code: ')
    }
  })
})

it('the overview is in order of beginnings and ends with the handshake', () => {
  const recorder = new Recorder()
  const add = (name: string, time: number, epoch: 'plaintext' | 'handshake' | 'application') => {
    const common = { direction: 'sent', time, epoch } as const
    recorder.onEvent({ kind: 'record', contentType: 'handshake', length: 9, contentLength: 4, ...common })
    recorder.onEvent({ kind: 'message', name, bytes: new Uint8Array(4), ...common })
  }
  recorder.onEvent({ kind: 'crypto', name: 'Generate', start: 10, end: 11 })
  add('client_hello', 12, 'plaintext')
  add('finished', 20, 'handshake')
  add('new_session_ticket', 90, 'application')
  recorder.onEvent({ kind: 'crypto', name: 'Later', start: 91, end: 92 })
  expect(overviewMarks(recorder).map(({ name, item, start, end }) => [name, item, start, end])).toEqual([
    ['Generate', undefined, 0, 1],
    ['ClientHello', 'client_hello', 2, 2],
    ['Finished', 'finished', 10, 10],
  ])
})
