import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatPem, parsePem, parsePemCertificates } from '../../src/certificates/pem.js'

describe('PEM (RFC 7468)', () => {
  it('is written and read back, with other text around it and any line ends', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (bytes) => {
        const der = Uint8Array.from(bytes)
        const text = `subject=CN = x\n${formatPem('CERTIFICATE', der)}\n${formatPem('CERTIFICATE', der)}`
        expect(parsePemCertificates(text)).toEqual([der, der])
        expect(parsePemCertificates(text.replaceAll('\n', '\r\n'))).toEqual([der, der])
      }),
    )
  })

  it.each([
    ['no end', '-----BEGIN CERTIFICATE-----\nAAAA\n'],
    ['an end of another label', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END KEY-----\n'],
    ['an end without a begin', '-----END CERTIFICATE-----\n'],
    ['a begin inside', '-----BEGIN CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
    ['headers', '-----BEGIN CERTIFICATE-----\nProc-Type: 4\n\nAAAA\n-----END CERTIFICATE-----\n'],
    ['no base64', '-----BEGIN CERTIFICATE-----\nAA*A\n-----END CERTIFICATE-----\n'],
    ['bits left over', '-----BEGIN CERTIFICATE-----\nAB==\n-----END CERTIFICATE-----\n'],
    ['padding inside', '-----BEGIN CERTIFICATE-----\nAA==AAAA\n-----END CERTIFICATE-----\n'],
    ['nothing inside', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n'],
  ])('with %s is refused', (_what, text) => {
    expect(() => parsePem(text)).toThrow(expect.objectContaining({ code: 'invalid_argument' }))
  })

  it('of certificates refuses other blocks and text without any', () => {
    expect(() => parsePemCertificates(formatPem('PRIVATE KEY', Uint8Array.of(1)))).toThrow(/found PRIVATE KEY/)
    expect(() => parsePemCertificates('')).toThrow(/no CERTIFICATE/)
  })
})
