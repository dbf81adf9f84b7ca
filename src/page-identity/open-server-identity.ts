import { createCertificateRequest } from '../certificates/create/certificate-request.js'
import { type Identity, loadIdentity } from '../certificates/identity/identity.js'
import { TlsError } from '../errors/tls-error.js'
import { deleteKept, type KeptIdentity, readKept, writeKept } from './kept-identity.js'

/** What a certificate is wanted for. */
export interface CertificateOrder {
  readonly names: readonly string[]
  readonly publicKey: CryptoKey
  /** A certification request (PKCS #10) for these names, signed with the private key: what ACME's `finalize` takes. */
  createRequest(): Promise<{ readonly der: Uint8Array; readonly pem: string }>
}

export interface ServerIdentityOptions {
  /** DNS names that the certificate must have. */
  readonly names: readonly string[]
  /**
   * Gets a certificate for the key: from a CA of yours, or by ACME. PEM, leaf first. Called when there is none yet, and
   * again before the one there is ends.
   */
  readonly certificate: (order: CertificateOrder) => Promise<string>
  /**
   * Keeps key and certificate in IndexedDB under this name, for all pages of the origin. Default: they are gone with
   * the page.
   */
  readonly keep?: string
  /** A pair of yours, its private key not extractable. Default: a new one, ECDSA P-256. */
  readonly keyPair?: CryptoKeyPair
  /** Told when a certificate could not be renewed; the old one is used on, and it is tried again. */
  readonly onRenewalFailed?: (error: unknown) => void
  /** Default: now. */
  readonly clock?: () => Date
}

/** A key that no one can take out of the browser, and a certificate for it that is renewed in time. */
export interface ServerIdentity {
  /** For `TlsServerOptions.identities`. */
  readonly identities: () => Promise<readonly Identity[]>
  /** PEM, leaf first, as it is now. */
  readonly certificateChain: string
  /** Whether key and certificate come from IndexedDB. */
  readonly wasKept: boolean
  /** Gets a new certificate for a new key (for the same one if it was given), now. */
  renew(): Promise<void>
  /** Forgets what IndexedDB keeps. Connections that use it go on. */
  forget(): Promise<void>
}

/**
 * The identity of a server in a page: a private key that cannot be exported, made here, kept in IndexedDB if you choose,
 * and a certificate for it from wherever `certificate` gets it.
 *
 * @throws TlsError `invalid_argument` for a key that can be exported, or a certificate that does not belong to the key
 *   or lacks a name; `unsupported` for `keep` without IndexedDB; whatever `certificate` throws
 * @example
 * const identity = await openServerIdentity({ names: ['tab.example.com'], keep: 'tab', certificate: signByOurCa })
 * const server = serveHttp(listener, handler, { tls: { identities: identity.identities } })
 */
export async function openServerIdentity(options: ServerIdentityOptions): Promise<ServerIdentity> {
  const { names, keep, keyPair } = options
  if (names.length === 0) throw new TlsError('invalid_argument', 'names is empty')
  if (keyPair?.privateKey.extractable) {
    throw new TlsError('invalid_argument', 'the private key can be exported: import it with `extractable` false')
  }
  const opened = new OpenedIdentity(options)
  const kept = keep === undefined ? undefined : await readKept(keep)
  if (kept === undefined || !(await opened.adopt(kept))) await opened.renew()
  return opened
}

class OpenedIdentity implements ServerIdentity {
  certificateChain = ''
  wasKept = false
  readonly #options: ServerIdentityOptions
  #identity: Identity | undefined
  #renewing: Promise<void> | undefined
  #notBeforeMs = 0

  constructor(options: ServerIdentityOptions) {
    this.#options = options
  }

  readonly identities = async (): Promise<readonly Identity[]> => {
    if (this.#identity === undefined) return []
    // a client is not made to wait for a CA, unless there is nothing else to show
    const renewal = this.#isDue(this.#identity) ? this.#renewInTime() : undefined
    if (renewal !== undefined && this.#nowMs() > this.#identity.leaf.notAfter.getTime()) await renewal
    return [this.#identity]
  }

  /** Whether what was kept is of use: for these names, this key, and not at its end. */
  async adopt(kept: KeptIdentity): Promise<boolean> {
    const { keyPair } = this.#options
    if (keyPair !== undefined || kept.privateKey.extractable) return false
    const identity = await this.#load(kept.certificateChain, kept.privateKey).catch(() => undefined)
    if (identity === undefined || this.#isDue(identity)) return false
    this.#use(identity, kept.certificateChain)
    this.wasKept = true
    return true
  }

  async renew(): Promise<void> {
    const { names, certificate, keep } = this.#options
    const keyPair = this.#options.keyPair ?? (await newKeyPair())
    const certificateChain = await certificate({
      names,
      publicKey: keyPair.publicKey,
      createRequest: () => createCertificateRequest({ subject: {}, dnsNames: names, keyPair }),
    })
    const identity = await this.#load(certificateChain, keyPair.privateKey)
    if (keep !== undefined) await writeKept(keep, { ...pairOf(keyPair), certificateChain })
    this.#use(identity, certificateChain)
    this.wasKept = false
  }

  async forget(): Promise<void> {
    if (this.#options.keep !== undefined) await deleteKept(this.#options.keep)
  }

  #use(identity: Identity, certificateChain: string): void {
    this.#identity = identity
    this.certificateChain = certificateChain
  }

  async #load(certificateChain: string, privateKey: CryptoKey): Promise<Identity> {
    const identity = await loadIdentity({ certificateChain, privateKey })
    const missing = this.#options.names.filter((name) => !identity.leaf.dnsNames.some((has) => covers(has, name)))
    if (missing.length === 0) return identity
    throw new TlsError('invalid_argument', `the certificate does not have the name ${missing.join(', ')}`)
  }

  /** With a third of its time left, as ACME's clients do. */
  #isDue({ leaf: { notBefore, notAfter } }: Identity): boolean {
    return this.#nowMs() > notAfter.getTime() - (notAfter.getTime() - notBefore.getTime()) / 3
  }

  #renewInTime(): Promise<void> | undefined {
    if (this.#renewing === undefined && this.#nowMs() >= this.#notBeforeMs) {
      this.#renewing = this.renew()
        .catch((error) => {
          this.#notBeforeMs = this.#nowMs() + retryMs
          this.#options.onRenewalFailed?.(error)
        })
        .finally(() => {
          this.#renewing = undefined
        })
    }
    return this.#renewing
  }

  #nowMs(): number {
    return (this.#options.clock?.() ?? new Date()).getTime()
  }
}

/** RFC 9525 section 6.3: a wildcard stands for one whole label. */
function covers(has: string, name: string): boolean {
  const [own, wanted] = [has.toLowerCase(), name.toLowerCase()]
  return own === wanted || (own.startsWith('*.') && own.slice(2) === wanted.slice(wanted.indexOf('.') + 1))
}

async function newKeyPair(): Promise<CryptoKeyPair> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  // WebKitGTK's generateKey fails about once in 256 calls
  const generate = () => crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
  return await generate().catch(generate)
}

const pairOf = ({ privateKey, publicKey }: CryptoKeyPair) => ({ privateKey, publicKey })

const retryMs = 60_000
