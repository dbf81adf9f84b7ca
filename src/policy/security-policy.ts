import { TlsError } from '../errors/tls-error.js'
import {
  CipherSuite,
  type CipherSuiteName,
  NamedGroup,
  type NamedGroupName,
  SignatureScheme,
  type SignatureSchemeName,
} from '../messages/code-points.js'

/** What may be negotiated, each list in order of preference and by IANA's names. */
export interface SecurityPolicyParameters {
  readonly cipherSuites: readonly CipherSuiteName[]
  /** `supported_groups` */
  readonly groups: readonly NamedGroupName[]
  /** Those of `groups` for which a client sends a share at once; a server that wants another asks for it. */
  readonly keyShares: readonly NamedGroupName[]
  /** `signature_algorithms`: for CertificateVerify and, the rsa_pkcs1 ones, for certificates only. */
  readonly signatureSchemes: readonly SignatureSchemeName[]
}

/** Which algorithms a connection may use. Immutable, checked when it is built, shared by any number of connections. */
export class SecurityPolicy implements SecurityPolicyParameters {
  readonly cipherSuites: readonly CipherSuiteName[]
  readonly groups: readonly NamedGroupName[]
  readonly keyShares: readonly NamedGroupName[]
  readonly signatureSchemes: readonly SignatureSchemeName[]

  private constructor(parameters: SecurityPolicyParameters) {
    this.cipherSuites = Object.freeze([...parameters.cipherSuites])
    this.groups = Object.freeze([...parameters.groups])
    this.keyShares = Object.freeze([...parameters.keyShares])
    this.signatureSchemes = Object.freeze([...parameters.signatureSchemes])
    Object.freeze(this)
  }

  /** What is used when nothing else is asked for. */
  static get default(): SecurityPolicy {
    defaultPolicy ??= SecurityPolicy.from({})
    return defaultPolicy
  }

  /**
   * The default policy with some of its lists replaced. Shares are sent for the first two groups unless said.
   * @throws TlsError `invalid_argument` for an unknown name, an empty list, a name given twice or a key share for a
   *   group that is not offered
   */
  static from(changes: Partial<SecurityPolicyParameters>): SecurityPolicy {
    const groups = changes.groups ?? defaults.groups
    const keyShares = changes.keyShares ?? groups.slice(0, 2)
    const parameters = { ...defaults, ...changes, groups, keyShares }
    checkNames('cipherSuites', parameters.cipherSuites, CipherSuite)
    checkNames('groups', groups, NamedGroup)
    checkNames('keyShares', keyShares, NamedGroup, 0)
    checkNames('signatureSchemes', parameters.signatureSchemes, SignatureScheme)
    for (const name of keyShares) {
      if (!groups.includes(name)) throw invalid(`keyShares has ${name}, which is not among the groups`)
    }
    return new SecurityPolicy(parameters)
  }
}

let defaultPolicy: SecurityPolicy | undefined

const defaults: SecurityPolicyParameters = {
  cipherSuites: ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'],
  groups: ['x25519', 'secp256r1', 'secp384r1', 'secp521r1'],
  keyShares: ['x25519', 'secp256r1'],
  signatureSchemes: [
    'ecdsa_secp256r1_sha256',
    'ecdsa_secp384r1_sha384',
    'ecdsa_secp521r1_sha512',
    'ed25519',
    'rsa_pss_rsae_sha256',
    'rsa_pss_rsae_sha384',
    'rsa_pss_rsae_sha512',
    'rsa_pss_pss_sha256',
    'rsa_pss_pss_sha384',
    'rsa_pss_pss_sha512',
    'rsa_pkcs1_sha256',
    'rsa_pkcs1_sha384',
    'rsa_pkcs1_sha512',
  ],
}

function checkNames(
  list: string,
  names: readonly string[],
  known: Readonly<Record<string, number>>,
  atLeast = 1,
): void {
  if (names.length < atLeast) throw invalid(`${list} is empty`)
  for (const [index, name] of names.entries()) {
    if (!Object.hasOwn(known, name)) {
      throw invalid(`${list} has ${JSON.stringify(name)}; known are ${Object.keys(known).join(', ')}`)
    }
    if (names.indexOf(name) !== index) throw invalid(`${list} has ${name} twice`)
  }
}

const invalid = (message: string) => new TlsError('invalid_argument', `security policy: ${message}`)
