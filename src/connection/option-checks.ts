import type { Certificate } from '../certificates/certificate.js'
import { parseCertificate } from '../certificates/parsed-certificate.js'
import type { SecretLog } from '../crypto/key-schedule.js'
import type { CryptoProvider } from '../crypto/provider.js'
import { reportError } from '../errors/report-error.js'
import { TlsError } from '../errors/tls-error.js'
import type { VerifiedPeer } from '../handshake/verified-peer.js'
import { type Bytes, toHex } from '../wire/bytes.js'

export function checkProvider(provider: CryptoProvider): CryptoProvider {
  // at run time it may be missing: pages that are no secure context have no SubtleCrypto
  if ((provider.subtle as SubtleCrypto | undefined) === undefined) {
    throw new TlsError(
      'unsupported',
      'there is no WebCrypto here: a page must be a secure context (https or localhost)',
    )
  }
  return provider
}

export function checkPositive(name: string, value: number | undefined): void {
  if (value !== undefined && !(Number.isSafeInteger(value) && value > 0)) {
    throw new TlsError('invalid_argument', `${name} must be a positive whole number, not ${value}`)
  }
}

export function checkHandshakeTimeout(milliseconds: number | undefined): void {
  if (milliseconds !== undefined && !(typeof milliseconds === 'number' && milliseconds > 0)) {
    throw new TlsError(
      'invalid_argument',
      `handshakeTimeoutMilliseconds must be above 0, or Infinity, not ${String(milliseconds)}`,
    )
  }
}

/** @returns `undefined` where the application has no rules of its own */
export function peerApproval(
  verifyPeer: ((peer: VerifiedPeer) => void | Promise<void>) | undefined,
): ((peer: VerifiedPeer) => Promise<void>) | undefined {
  return verifyPeer && ((peer) => askVerifyPeer(verifyPeer, peer))
}

export async function askVerifyPeer(
  verifyPeer: ((peer: VerifiedPeer) => void | Promise<void>) | undefined,
  peer: VerifiedPeer,
): Promise<void> {
  try {
    await verifyPeer?.(peer)
  } catch (cause) {
    if (cause instanceof TlsError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new TlsError('certificate_refused', `verifyPeer refused the peer: ${reason}`, { cause })
  }
}

/** The chain as it came. What lies beside the path and cannot be read is left out: nothing depends on it. */
export function readableCertificates(chain: readonly Bytes[]): readonly Certificate[] {
  return chain.flatMap((der) => {
    try {
      return [parseCertificate(der)]
    } catch {
      return []
    }
  })
}

/** Lines of the NSS key log format, as Wireshark reads them. */
export function keyLogLines(
  keyLog: ((line: string) => void) | undefined,
): ((clientRandom: Bytes) => SecretLog) | undefined {
  if (!keyLog) return undefined
  return (clientRandom) => (label, secret) => {
    try {
      keyLog(`${label} ${toHex(clientRandom)} ${toHex(secret)}`)
    } catch (error) {
      reportError(error, 'keyLog')
    }
  }
}

export const defaultHandshakeTimeoutMilliseconds = 60_000

/** Of a Certificate message, in bytes. */
export const defaultMaxCertificateLength = 2 ** 17

/** RFC 8449 section 4: of a full record of TLS 1.3 with its content type. */
export const maxRecordSizeLimit = 2 ** 14 + 1

export function checkRecordSizeLimit(limit: number | undefined): number | undefined {
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 64 && limit <= maxRecordSizeLimit)) {
    throw new TlsError('invalid_argument', `recordSizeLimit is 64 to ${maxRecordSizeLimit} bytes, not ${limit}`)
  }
  return limit
}

export function checkMaxSendFragment(length: number | undefined): void {
  if (length === undefined || (Number.isSafeInteger(length) && length >= 64 && length <= 2 ** 14)) return
  throw new TlsError('invalid_argument', `maxSendFragment is 64 to 16384 bytes, not ${length}`)
}

/** RFC 6066 section 4 */
export function fragmentLengthCode(length: number): number {
  const code = [512, 1024, 2048, 4096].indexOf(length) + 1
  if (code === 0) throw new TlsError('invalid_argument', `maxFragmentLength is 512, 1024, 2048 or 4096, not ${length}`)
  return code
}

/**
 * An option that is misspelt must not be taken for one that is absent: `clientAuth` left out would let everyone in.
 * @param at where the options stand, for those inside others: `limits`
 */
export function checkOptionNames(options: object, known: Readonly<Record<string, unknown>>, at?: string): void {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(known, name)) continue
    const full = JSON.stringify(at === undefined ? name : `${at}.${name}`)
    throw new TlsError('invalid_argument', `there is no option ${full}; known are ${Object.keys(known).join(', ')}`)
  }
}

export function checkChoice(name: string, value: string | undefined, choices: readonly string[]): void {
  if (value !== undefined && !choices.includes(value)) {
    throw new TlsError(
      'invalid_argument',
      `${name} is ${typeof value === 'string' ? JSON.stringify(value) : 'no text'}; it must be one of ${choices.join(', ')}`,
    )
  }
}
