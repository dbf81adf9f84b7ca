import { describe, expect, it } from 'vitest'
import { CertificateError } from '../../src/certificates/certificate-error.js'
import { exitCodeOf } from '../../src/cli/exit-codes.js'
import { failureJson, failureLines } from '../../src/cli/failure.js'
import { StartTlsError } from '../../src/cli/starttls/dialogue.js'
import { UsageError } from '../../src/cli/usage-error.js'
import { TlsError, type TlsErrorCode } from '../../src/index.js'

describe('exit codes', () => {
  const codes: readonly [TlsErrorCode, number][] = [
    ['internal', 1],
    ['invalid_argument', 2],
    ['transport_failed', 3],
    ['certificate_expired', 4],
    ['certificate_name_mismatch', 4],
    ['handshake_failure', 5],
    ['bad_record_mac', 5],
    ['peer_alert', 6],
    ['truncated', 7],
    ['closed', 7],
    ['handshake_timeout', 8],
    ['aborted', 130],
  ]
  it.each(codes)('%s is %i', (code, exit) => expect(exitCodeOf(new TlsError(code, 'x'))).toBe(exit))

  it('tells usage, STARTTLS and our own bugs apart', () => {
    expect(exitCodeOf(new UsageError('x'))).toBe(2)
    expect(exitCodeOf(new StartTlsError('x'))).toBe(9)
    expect(exitCodeOf(new TypeError('x'))).toBe(1)
    expect(exitCodeOf('thrown')).toBe(1)
  })
})

describe('failures', () => {
  it('advise about PSKs where the server chose none, and about CAs where a certificate was judged', async () => {
    const unchosen = new TlsError('certificate_unknown_issuer', 'the server accepted none of the external PSKs')
    expect((await failureLines(unchosen)).join('\n')).toMatch(/try {4}Does the server have this PSK.*RFC 9258/s)
    expect((await failureLines(unchosen)).join('\n')).not.toContain('private CA')
    const judged = new CertificateError('unknown-issuer', 'CN=a', 'no issuer')
    expect((await failureLines(judged)).join('\n')).toMatch(/private CA/)
    const alert = new TlsError('peer_alert', 'the peer ended it', { receivedAlert: 40 })
    expect((await failureLines(alert)).join('\n')).toContain('an imported PSK (RFC 9258)')
  })

  it('have code, alert and advice', async () => {
    const error = new TlsError('peer_alert', 'the peer ended it', { receivedAlert: 116 })
    const lines = (await failureLines(error)).join('\n')
    expect(lines).toContain('peer_alert (alert)')
    expect(lines).toContain('certificate_required (received)')
    expect(lines).toContain('try    The server wants a client certificate')
    expect(await failureJson(error)).toMatchObject({ event: 'error', exitCode: 6, alert: 'certificate_required' })
  })

  it('never let a peer drive the terminal', async () => {
    const lines = await failureLines(new StartTlsError('it said \u001b[2J\u202e'))
    expect(lines.join('')).toBe('webtls: it said \\u{1b}[2J\\u{202e}')
  })
})
