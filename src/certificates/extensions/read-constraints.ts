import { checkAnyDer } from '../../wire/der/check-any-der.js'
import type { DerReader, DerSource } from '../../wire/der/der-reader.js'
import { contextTag, DerTag } from '../../wire/der/der-tag.js'
import { type GeneralName, readGeneralName } from '../names/general-name.js'
import type {
  BasicConstraints,
  NameConstraints,
  PolicyConstraints,
  PolicyInformation,
  PolicyMapping,
} from './known-extensions.js'

/** RFC 5280 section 4.2.1.9. */
export function readBasicConstraints(reader: DerReader): BasicConstraints {
  return reader.whole(DerTag.sequence, 'basicConstraints', (constraints) => {
    const isCa = constraints.defaultFalse('cA')
    const pathLength =
      constraints.nextTag === DerTag.integer ? constraints.smallInteger('pathLenConstraint', 0x7fffffff) : undefined
    return { isCa, pathLength }
  })
}

/** RFC 5280 section 4.2.1.10: at least one subtree, and minimum and maximum as every profile has them. */
export function readNameConstraints(reader: DerReader, source: DerSource): NameConstraints {
  return reader.whole(DerTag.sequence, 'nameConstraints', (constraints) => {
    const subtrees = (number: number, field: string): GeneralName[] | undefined =>
      constraints.nextTag === contextTag(number, true)
        ? constraints.listOf(contextTag(number, true), field, (list) => readSubtree(list, source))
        : undefined
    const permitted = subtrees(0, 'permittedSubtrees')
    const excluded = subtrees(1, 'excludedSubtrees')
    // "an empty sequence": conforming CAs MUST NOT, and it would say nothing at all
    if (permitted === undefined && excluded === undefined) constraints.fail('nameConstraints has no subtree')
    return { permitted: permitted ?? [], excluded: excluded ?? [] }
  })
}

/** RFC 5280 section 4.2.1.4: no policy twice. */
export function readCertificatePolicies(reader: DerReader, source: DerSource): PolicyInformation[] {
  const seen = new Set<string>()
  return reader.listOf(DerTag.sequence, 'certificatePolicies', (list) =>
    list.whole(DerTag.sequence, 'PolicyInformation', (information) => {
      const policy = information.objectIdentifier('policyIdentifier')
      if (seen.has(policy)) information.fail(`certificatePolicies has ${policy} twice`)
      seen.add(policy)
      if (information.isAtEnd) return { policy, qualifiers: [] }
      const qualifiers = information.listOf(DerTag.sequence, 'policyQualifiers', (list) =>
        list.whole(DerTag.sequence, 'PolicyQualifierInfo', (qualifier) => {
          const oid = qualifier.objectIdentifier('policyQualifierId')
          checkAnyDer(qualifier.element('qualifier'), source)
          return oid
        }),
      )
      return { policy, qualifiers }
    }),
  )
}

/** RFC 5280 section 4.2.1.5. */
export function readPolicyMappings(reader: DerReader): PolicyMapping[] {
  return reader.listOf(DerTag.sequence, 'policyMappings', (list) =>
    list.whole(DerTag.sequence, 'PolicyMapping', (mapping) => ({
      issuerDomainPolicy: mapping.objectIdentifier('issuerDomainPolicy'),
      subjectDomainPolicy: mapping.objectIdentifier('subjectDomainPolicy'),
    })),
  )
}

/** RFC 5280 section 4.2.1.11: not empty. */
export function readPolicyConstraints(reader: DerReader): PolicyConstraints {
  return reader.whole(DerTag.sequence, 'policyConstraints', (constraints) => {
    const skip = (number: number, field: string): number | undefined =>
      constraints.nextTag === contextTag(number, false)
        ? constraints.smallInteger(field, 0x7fffffff, contextTag(number, false))
        : undefined
    const requireExplicitPolicy = skip(0, 'requireExplicitPolicy')
    const inhibitPolicyMapping = skip(1, 'inhibitPolicyMapping')
    if (requireExplicitPolicy === undefined && inhibitPolicyMapping === undefined) {
      constraints.fail('policyConstraints is empty')
    }
    return { requireExplicitPolicy, inhibitPolicyMapping }
  })
}

function readSubtree(list: DerReader, source: DerSource): GeneralName {
  return list.whole(DerTag.sequence, 'GeneralSubtree', (subtree) => {
    const base = readGeneralName(subtree, source, constraintIpLengths)
    // "minimum MUST be zero, and maximum MUST be absent"; zero is the default, which DER does not encode
    if (!subtree.isAtEnd) subtree.fail('GeneralSubtree has a minimum or maximum')
    return base
  })
}

const constraintIpLengths = [8, 32]
