import { access, readFile } from 'node:fs/promises'
import * as tls from 'node:tls'
import { TrustAnchors } from '../certificates/trust-anchors.js'
import { TlsError } from '../errors/tls-error.js'

/**
 * The certificates that this machine's administrator trusts: the system's store by Node 22.15 and later, else the
 * bundle that OpenSSL's environment or the distribution names. What cannot be read as DER is left out.
 */
export async function loadSystemTrustAnchors(): Promise<TrustAnchors> {
  // newer than the types of the oldest Node that we build for
  const { getCACertificates } = tls as { getCACertificates?: (type: 'system') => readonly string[] }
  const fromNode = getCACertificates?.('system') ?? []
  const pem = fromNode.length > 0 ? fromNode : [await readFile(await bundlePath(), 'utf8')]
  const anchors = TrustAnchors.from(pem.map(certificatesOnly).filter(Boolean), { onUnreadable: 'skip' })
  if (anchors.size === 0) throw new TlsError('unsupported', "no certificate of the system's store can be read")
  return anchors
}

/** Bundles may hold comments and, in OpenSSL's TRUSTED CERTIFICATE form, more than certificates. */
function certificatesOnly(pem: string): string {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g)?.join('\n') ?? ''
}

async function bundlePath(): Promise<string> {
  const paths = [process.env.SSL_CERT_FILE, ...knownBundles].filter((path) => path !== undefined)
  for (const path of paths) {
    const exists = await access(path).then(
      () => true,
      () => false,
    )
    if (exists) return path
  }
  throw new TlsError('unsupported', `no certificate store was found: none of ${paths.join(', ')} exists`)
}

/** Debian and Alpine, Fedora, openSUSE, macOS and the BSDs. */
const knownBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
]
