import type { CryptoProvider } from '../crypto/provider.js'
import type { Extension } from '../messages/extensions/extension.js'
import { noBytes } from '../wire/bytes.js'

/** RFC 8701 section 3.1: values without a meaning, which a server must ignore and must never choose. */
export interface Grease {
  readonly cipherSuite: number
  readonly group: number
  readonly signatureScheme: number
  readonly version: number
  readonly firstExtension: number
  readonly secondExtension: number
}

export function chooseGrease(provider: CryptoProvider): Grease {
  const [suite = 0, group = 0, scheme = 0, version = 0, first = 0, second = 0] = provider.getRandomValues(
    new Uint8Array(6),
  )
  return {
    cipherSuite: greaseValue(suite),
    group: greaseValue(group),
    signatureScheme: greaseValue(scheme),
    version: greaseValue(version),
    firstExtension: greaseValue(first),
    // extensions may not stand there twice
    secondExtension: greaseValue(second >> 4 === first >> 4 ? second ^ 0x10 : second),
  }
}

/** Section 4.1: what a server may put into a CertificateRequest or a NewSessionTicket, and a client must ignore. */
export function greaseExtension(provider: CryptoProvider): Extension {
  const [random = 0] = provider.getRandomValues(new Uint8Array(1))
  return { type: greaseValue(random), data: noBytes }
}

/** 0x0A0A, 0x1A1A, ... 0xFAFA, by the upper half of a random byte. */
const greaseValue = (random: number): number => ((random & 0xf0) | 0x0a) * 0x0101
