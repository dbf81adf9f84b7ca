import { type CryptoProvider, platformProvider } from '../crypto/provider.js'
import type { CipherSuiteName, NamedGroupName, SignatureSchemeName } from '../messages/code-points.js'
import { type PolicyAvailability, policyAvailability } from './availability.js'
import type { CertificateKeyName } from './certificate-keys.js'
import { defaultKeyShares, defaultParameters } from './default-parameters.js'
import { findPolicy } from './named-policy.js'
import { checkParameters, type SecurityPolicyParameters } from './parameters.js'
import { SecurityPolicyBuilder } from './security-policy-builder.js'

/** Which algorithms a connection may use. Immutable, checked when it is built, shared by any number of connections. */
export class SecurityPolicy implements SecurityPolicyParameters {
  /** The name by which it was asked for, in s2n-tls's spelling; `undefined` for one made here. */
  readonly name: string | undefined
  readonly cipherSuites: readonly CipherSuiteName[]
  readonly groups: readonly NamedGroupName[]
  readonly keyShares: readonly NamedGroupName[]
  readonly stronglyPreferredGroups: readonly NamedGroupName[]
  readonly signatureSchemes: readonly SignatureSchemeName[]
  readonly certificateSignatureSchemes: readonly SignatureSchemeName[] | null
  readonly certificateKeys: readonly CertificateKeyName[] | null
  readonly restrictsOwnCertificates: boolean
  readonly followsChaCha20Preference: boolean

  private constructor(parameters: SecurityPolicyParameters, name?: string) {
    checkParameters(parameters)
    this.name = name
    this.cipherSuites = frozen(parameters.cipherSuites)
    this.groups = frozen(parameters.groups)
    this.keyShares = frozen(parameters.keyShares)
    this.stronglyPreferredGroups = frozen(parameters.stronglyPreferredGroups)
    this.signatureSchemes = frozen(parameters.signatureSchemes)
    this.certificateSignatureSchemes =
      parameters.certificateSignatureSchemes && frozen(parameters.certificateSignatureSchemes)
    this.certificateKeys = parameters.certificateKeys && frozen(parameters.certificateKeys)
    this.restrictsOwnCertificates = parameters.restrictsOwnCertificates
    this.followsChaCha20Preference = parameters.followsChaCha20Preference
    Object.freeze(this)
  }

  /** What is used when nothing else is asked for. */
  static get default(): SecurityPolicy {
    defaultPolicy ??= new SecurityPolicy(defaultParameters)
    return defaultPolicy
  }

  /**
   * A policy of s2n-tls by its name or alias, upper or lower case: `default_tls13`, `default_pq`, `20240503`, ...
   * (docs/security-policies.md has them all). Only what it says of TLS 1.3 counts.
   * @throws TlsError `invalid_argument` for a name that is unknown or deprecated, `unsupported` for a policy without
   *   TLS 1.3
   */
  static named(name: string): SecurityPolicy {
    const found = findPolicy(name)
    return new SecurityPolicy(found.parameters, found.name)
  }

  /**
   * The default policy with some of its lists replaced. Shares are sent for the first post-quantum group and the first two
   * curves unless said.
   * @throws TlsError `invalid_argument` for an unknown name, an empty list, a name given twice or a key share for a
   *   group that is not offered
   */
  static from(changes: Partial<SecurityPolicyParameters>): SecurityPolicy {
    const parameters = { ...defaultParameters, ...changes }
    const keyShares = changes.keyShares ?? (changes.groups ? defaultKeyShares(changes.groups) : parameters.keyShares)
    return new SecurityPolicy({ ...parameters, keyShares })
  }

  /** Makes a policy from another one, or from one that is named; from the default one when none is given. */
  static builder(base: SecurityPolicy | string = SecurityPolicy.default): SecurityPolicyBuilder {
    const start = typeof base === 'string' ? SecurityPolicy.named(base) : base
    return new SecurityPolicyBuilder((parameters) => new SecurityPolicy(parameters), start)
  }

  /** What of this policy a platform can do, and why it skips the rest. */
  async available(provider: CryptoProvider = platformProvider): Promise<PolicyAvailability> {
    return await policyAvailability(provider, this)
  }
}

let defaultPolicy: SecurityPolicy | undefined

const frozen = <Name>(names: readonly Name[]): readonly Name[] => Object.freeze([...names])
