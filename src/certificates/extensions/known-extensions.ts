import type { Bytes } from '../../wire/bytes.js'
import type { RelativeDistinguishedName } from '../names/distinguished-name.js'
import type { GeneralName } from '../names/general-name.js'
import type { KeyUsageName } from './oids.js'

/** The extensions of a certificate by their meaning; each is absent when the certificate lacks it. */
export interface KnownExtensions {
  readonly subjectKeyIdentifier?: Bytes
  readonly keyUsage?: ReadonlySet<KeyUsageName>
  readonly subjectAltName?: readonly GeneralName[]
  readonly issuerAltName?: readonly GeneralName[]
  readonly basicConstraints?: BasicConstraints
  readonly nameConstraints?: NameConstraints
  readonly crlDistributionPoints?: readonly DistributionPoint[]
  readonly certificatePolicies?: readonly PolicyInformation[]
  readonly policyMappings?: readonly PolicyMapping[]
  readonly authorityKeyIdentifier?: AuthorityKeyIdentifier
  readonly policyConstraints?: PolicyConstraints
  /** Object identifiers. */
  readonly extendedKeyUsage?: readonly string[]
  readonly inhibitAnyPolicy?: number
  readonly authorityInfoAccess?: readonly AccessDescription[]
  /** Numbers of TLS extensions, 5 for status_request ("must staple"): RFC 7633 section 4. */
  readonly tlsFeature?: readonly number[]
}

export interface BasicConstraints {
  readonly isCa: boolean
  readonly pathLength: number | undefined
}

export interface NameConstraints {
  readonly permitted: readonly GeneralName[]
  readonly excluded: readonly GeneralName[]
}

export interface PolicyInformation {
  readonly policy: string
  /** Object identifiers of its qualifiers. */
  readonly qualifiers: readonly string[]
}

export interface PolicyMapping {
  readonly issuerDomainPolicy: string
  readonly subjectDomainPolicy: string
}

export interface PolicyConstraints {
  readonly requireExplicitPolicy: number | undefined
  readonly inhibitPolicyMapping: number | undefined
}

export interface AuthorityKeyIdentifier {
  readonly keyIdentifier: Bytes | undefined
  readonly authorityCertIssuer: readonly GeneralName[] | undefined
  readonly authorityCertSerialNumber: Bytes | undefined
}

export interface AccessDescription {
  readonly method: string
  readonly location: GeneralName
}

export interface DistributionPointName {
  readonly fullName: readonly GeneralName[] | undefined
  /** nameRelativeToCRLIssuer. */
  readonly relativeName: RelativeDistinguishedName | undefined
}

export interface DistributionPoint extends DistributionPointName {
  /** Bits of ReasonFlags; absent means every reason. */
  readonly reasons: ReadonlySet<number> | undefined
  readonly crlIssuer: readonly GeneralName[] | undefined
}
