import { type Bytes, equalBytes, fromHex } from '../../wire/bytes.js'

/**
 * Whether X25519 with this point gives zero whatever the private key: RFC 9846 section 7.4.2 and RFC 7748 section 6.1
 * ask for that to be refused. The secret itself stays in the engine, and engines differ in what they check, so the
 * points are known here: those of order 1, 2, 4 and 8, with their other encodings modulo 2^255 - 19.
 */
export function isLowOrderX25519Point(share: Bytes): boolean {
  const masked = share.slice()
  // RFC 7748 section 5: the most significant bit does not count
  masked[31] = (masked[31] ?? 0) & 0x7f
  return lowOrderPoints.some((point) => equalBytes(point, masked))
}

const lowOrderPoints = [
  // 0 and 1
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  // the two of order 8
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  // p - 1, p and p + 1
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map(fromHex)
