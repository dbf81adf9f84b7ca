import type { CipherSuiteName, NamedGroupName, SignatureSchemeName } from '../messages/code-points.js'
import type { CertificateKeyName } from './certificate-keys.js'
import { defaultKeyShares, isPostQuantum } from './default-parameters.js'
import { invalid, type SecurityPolicyParameters } from './parameters.js'
import type { SecurityPolicy } from './security-policy.js'

type Build = (parameters: SecurityPolicyParameters) => SecurityPolicy
type AlgorithmName = CipherSuiteName | NamedGroupName | SignatureSchemeName | CertificateKeyName

/**
 * Makes a policy step by step, starting from another one. Every step gives a new builder and leaves the old as it was;
 * `build` checks.
 *
 *     SecurityPolicy.builder('default_pq').cipherSuites('TLS_AES_256_GCM_SHA384').without('x25519').build()
 */
export class SecurityPolicyBuilder {
  readonly #parameters: SecurityPolicyParameters
  readonly #build: Build
  /** `undefined` until they are given: they then follow from the groups. */
  readonly #keyShares: readonly NamedGroupName[] | undefined

  constructor(build: Build, parameters: SecurityPolicyParameters, keyShares?: readonly NamedGroupName[]) {
    this.#build = build
    this.#parameters = parameters
    this.#keyShares = keyShares
  }

  /** In order of preference. */
  cipherSuites(...names: readonly CipherSuiteName[]): SecurityPolicyBuilder {
    return this.#with({ cipherSuites: names })
  }

  /** In order of preference. Key shares follow from them unless they are given after this. */
  groups(...names: readonly NamedGroupName[]): SecurityPolicyBuilder {
    const { stronglyPreferredGroups } = this.#parameters
    const kept = stronglyPreferredGroups.filter((name) => names.includes(name))
    return this.#with({ groups: names, stronglyPreferredGroups: kept }, defaultKeyShares(names))
  }

  /** Those of the groups that a client sends a share for at once; none at all waits for a HelloRetryRequest. */
  keyShares(...names: readonly NamedGroupName[]): SecurityPolicyBuilder {
    return this.#with({}, names)
  }

  /** Those of the groups that are worth another round trip to a server. */
  stronglyPreferredGroups(...names: readonly NamedGroupName[]): SecurityPolicyBuilder {
    return this.#with({ stronglyPreferredGroups: names })
  }

  /** In order of preference, for `signature_algorithms`. */
  signatureSchemes(...names: readonly SignatureSchemeName[]): SecurityPolicyBuilder {
    return this.#with({ signatureSchemes: names })
  }

  /** How certificates of a chain may be signed; called with `null`, any way that is known. */
  certificateSignatureSchemes(...names: readonly SignatureSchemeName[] | readonly [null]): SecurityPolicyBuilder {
    return this.#with({ certificateSignatureSchemes: orNull(names) })
  }

  /** What keys certificates of a chain may have; called with `null`, any that is known. */
  certificateKeys(...names: readonly CertificateKeyName[] | readonly [null]): SecurityPolicyBuilder {
    return this.#with({ certificateKeys: orNull(names) })
  }

  /** Whether the restrictions on certificates hold for one's own as well. */
  restrictOwnCertificates(restricts = true): SecurityPolicyBuilder {
    return this.#with({ restrictsOwnCertificates: restricts })
  }

  /** Whether a server lets a client that prefers ChaCha20-Poly1305 have it. */
  followChaCha20Preference(follows = true): SecurityPolicyBuilder {
    return this.#with({ followsChaCha20Preference: follows })
  }

  /** Takes algorithms out, whichever list they are in. @throws TlsError `invalid_argument` for one that is in none */
  without(...names: readonly AlgorithmName[]): SecurityPolicyBuilder {
    const removed: ReadonlySet<string> = new Set(names)
    const found = new Set<string>()
    const rest = <Name extends string>(list: readonly Name[]): readonly Name[] =>
      list.filter((name) => {
        if (removed.has(name)) found.add(name)
        return !removed.has(name)
      })
    const { certificateSignatureSchemes: schemes, certificateKeys: keys, ...lists } = this.#parameters
    const changes = {
      cipherSuites: rest(lists.cipherSuites),
      groups: rest(lists.groups),
      stronglyPreferredGroups: rest(lists.stronglyPreferredGroups),
      signatureSchemes: rest(lists.signatureSchemes),
      certificateSignatureSchemes: schemes && rest(schemes),
      certificateKeys: keys && rest(keys),
    }
    const missing = names.find((name) => !found.has(name))
    if (missing !== undefined) throw invalid(`without(${JSON.stringify(missing)}): the policy has it in no list`)
    return this.#with(changes, this.#keySharesWithin(changes.groups))
  }

  /** Takes every group out that a quantum computer could break. */
  postQuantumOnly(): SecurityPolicyBuilder {
    return this.groups(...this.#parameters.groups.filter(isPostQuantum))
  }

  /** @throws TlsError `invalid_argument` for an unknown name, an empty list, a name given twice, or lists that disagree */
  build(): SecurityPolicy {
    return this.#build({ ...this.#parameters, keyShares: this.#keyShares ?? this.#parameters.keyShares })
  }

  /** Shares of groups that are gone are replaced, if others are left, by what is usual for those. */
  #keySharesWithin(groups: readonly NamedGroupName[]): readonly NamedGroupName[] {
    const before = this.#keyShares ?? this.#parameters.keyShares
    const kept = before.filter((name) => groups.includes(name))
    return kept.length === before.length ? kept : defaultKeyShares(groups)
  }

  #with(changes: Partial<SecurityPolicyParameters>, keyShares = this.#keyShares): SecurityPolicyBuilder {
    return new SecurityPolicyBuilder(this.#build, { ...this.#parameters, ...changes }, keyShares)
  }
}

const orNull = <Name extends string>(names: readonly Name[] | readonly [null]): readonly Name[] | null =>
  names.length === 1 && names[0] === null ? null : (names as readonly Name[])
