import { digest, emptyHash } from '../crypto/hash.js'
import type { CryptoProvider } from '../crypto/provider.js'
import { Secret } from '../crypto/secret.js'
import { TlsError } from '../errors/tls-error.js'
import { asBytes, type Bytes } from '../wire/bytes.js'

/** TLS-Exporter(label, context, length): RFC 9846 section 7.5. */
export async function exportKeyingMaterial(
  provider: CryptoProvider,
  exporterSecret: Secret,
  label: string,
  context: Uint8Array | undefined,
  length: number,
): Promise<Bytes> {
  const { hash } = exporterSecret
  if (!/^[\x20-\x7e]{1,249}$/.test(label)) {
    throw new TlsError('invalid_argument', 'an exporter label has 1 to 249 printable ASCII characters')
  }
  if (!Number.isInteger(length) || length < 1 || length > 255 * hash.length) {
    throw new TlsError('invalid_argument', `an exporter gives 1 to ${255 * hash.length} bytes, not ${length}`)
  }
  if (context && context.length > 65535)
    throw new TlsError('invalid_argument', 'an exporter context has at most 65535 bytes')
  const [contextHash, derived] = await Promise.all([
    // "no context" and an empty one are the same
    context ? digest(provider, hash, asBytes(context)) : emptyHash[hash.name],
    exporterSecret
      .expandLabel(label, emptyHash[hash.name], hash.length)
      .then((bytes) => Secret.import(provider, hash, bytes)),
  ])
  return await derived.expandLabel('exporter', contextHash, length)
}
