import type { Bytes } from '../wire/bytes.js'
import type { CryptoProvider } from './provider.js'
import type { Secret } from './secret.js'
import type { TranscriptHash } from './transcript.js'

/** verify_data of RFC 9846 section 4.5.3, for Finished and for PSK binders. */
export async function makeVerifyData(
  provider: CryptoProvider,
  baseKey: Secret,
  transcriptHash: TranscriptHash,
): Promise<Bytes> {
  return new Uint8Array(await provider.subtle.sign('HMAC', await baseKey.finishedKey(), transcriptHash))
}

/** The engine compares, in constant time. A `verifyData` of another length is not equal. */
export async function checkVerifyData(
  provider: CryptoProvider,
  baseKey: Secret,
  transcriptHash: TranscriptHash,
  verifyData: Bytes,
): Promise<boolean> {
  return await provider.subtle.verify('HMAC', await baseKey.finishedKey(), verifyData, transcriptHash)
}
