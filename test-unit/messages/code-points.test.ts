import { expect, it } from 'vitest'
import { CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme } from '../../src/messages/code-points.js'

//= rfc9846#section-E.5 E.5-2 E.5-3
it('there are the three suites of TLS 1.3 with a WebCrypto behind them, and no older ones (appendix E.5)', () => {
  expect(Object.values(CipherSuite)).toEqual([0x1301, 0x1302, 0x1303])
})

//= rfc9846#section-B B-1
//= rfc9846#section-B.3.1.4 B.3.1.4-1
it('there is no obsolete curve, no finite field and no reserved group (appendix B.3.1.4)', () => {
  const obsolete = (group: number) => group <= 0x16 || (group >= 0x1a && group <= 0x1c) || group >= 0xff00
  expect(Object.values(NamedGroup).filter(obsolete)).toEqual([])
})

//= rfc9846#section-4.3.3 4.3.3-20 4.3.3-21 4.3.3-14
it('there is no signature scheme with MD5, SHA-1, SHA-224 or DSA (4.3.3)', () => {
  // the pairs of TLS 1.2: a byte of the hash, 1 to 3, and one of the signature, 2 being DSA
  const isOld = (scheme: number) => scheme >> 8 <= 3 || (scheme >> 8 <= 6 && (scheme & 0xff) === 2)
  expect(Object.values(SignatureScheme).filter(isOld)).toEqual([])
})

//= rfc9846#section-E.5 E.5-4
it('there is no version before TLS 1.2 but that of a first record', () => {
  expect(Object.keys(ProtocolVersion)).toEqual(['TLSv1.0', 'TLSv1.2', 'TLSv1.3'])
})
