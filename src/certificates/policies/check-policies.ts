import { CertificateError } from '../certificate-error.js'
import { anyPolicy } from '../extensions/oids.js'
import type { ParsedCertificate } from '../parsed-certificate.js'
import { PolicyGraph } from './policy-graph.js'

/** The inputs on policies of RFC 5280 section 6.1.1 (c), (e), (f), (g). */
export interface PolicyOptions {
  /** Object identifiers; any policy when absent. */
  readonly initialPolicies?: readonly string[]
  readonly requireExplicitPolicy?: boolean
  readonly inhibitPolicyMapping?: boolean
  readonly inhibitAnyPolicy?: boolean
}

/**
 * Policy processing of RFC 5280 section 6.1 as RFC 9618 rewrote it, from the anchor down.
 *
 * @param certificates leaf first, without the anchor
 * @param anchor its constraints on policies, not its policies, count when it came as a certificate (RFC 5937 section 3.2)
 */
export function checkPolicies(
  certificates: readonly ParsedCertificate[],
  anchor: ParsedCertificate | undefined,
  options: PolicyOptions,
): void {
  const counters = new PolicyCounters(certificates.length + 1, options)
  if (anchor !== undefined) counters.constrain(anchor)
  const graph = new PolicyGraph()
  for (let index = certificates.length - 1; index >= 0; index--) {
    const certificate = certificates[index]
    if (certificate !== undefined) processCertificate(certificate, index === 0, graph, counters)
  }
  const leaf = certificates[0]
  const userPolicies = new Set(options.initialPolicies ?? [anyPolicy])
  if (leaf === undefined || counters.explicitPolicy > 0 || graph.reaches(userPolicies)) return
  throw new CertificateError(
    'certificate-policies',
    leaf.subject,
    'a policy is required, and none that is wanted is valid for the whole path',
  )
}

function processCertificate(
  certificate: ParsedCertificate,
  isLeaf: boolean,
  graph: PolicyGraph,
  counters: PolicyCounters,
): void {
  const { certificatePolicies, policyMappings = [], policyConstraints } = certificate.known
  const isSelfIssuedCa = !isLeaf && certificate.isSelfIssued
  // section 6.1.3 (d), (e), (f)
  if (certificatePolicies === undefined) graph.clear()
  else {
    graph.addCertificate(
      certificatePolicies.map(({ policy }) => policy),
      counters.inhibitAnyPolicy > 0 || isSelfIssuedCa,
    )
  }
  if (counters.explicitPolicy === 0 && graph.isEmpty) {
    throw new CertificateError(
      'certificate-policies',
      certificate.subject,
      'a policy is required, and none is valid from the trust anchor to here',
    )
  }
  if (isLeaf) {
    // section 6.1.5 (a), (b)
    counters.explicitPolicy = Math.max(0, counters.explicitPolicy - 1)
    if (policyConstraints?.requireExplicitPolicy === 0) counters.explicitPolicy = 0
    return
  }
  // section 6.1.4 (a), (b)
  const mapsAny = policyMappings.some(
    ({ issuerDomainPolicy, subjectDomainPolicy }) =>
      issuerDomainPolicy === anyPolicy || subjectDomainPolicy === anyPolicy,
  )
  if (mapsAny) throw new CertificateError('certificate-policies', certificate.subject, 'it maps anyPolicy')
  graph.mapPolicies(policyMappings, counters.policyMapping === 0)
  if (!isSelfIssuedCa) counters.countDown()
  counters.constrain(certificate)
}

/** explicit_policy, policy_mapping and inhibit_anyPolicy: section 6.1.2 (d), (e), (f). */
class PolicyCounters {
  explicitPolicy: number
  policyMapping: number
  inhibitAnyPolicy: number

  constructor(unlimited: number, options: PolicyOptions) {
    this.explicitPolicy = options.requireExplicitPolicy ? 0 : unlimited
    this.policyMapping = options.inhibitPolicyMapping ? 0 : unlimited
    this.inhibitAnyPolicy = options.inhibitAnyPolicy ? 0 : unlimited
  }

  /** Section 6.1.4 (h). */
  countDown(): void {
    this.explicitPolicy = Math.max(0, this.explicitPolicy - 1)
    this.policyMapping = Math.max(0, this.policyMapping - 1)
    this.inhibitAnyPolicy = Math.max(0, this.inhibitAnyPolicy - 1)
  }

  /** Section 6.1.4 (i), (j). */
  constrain({ known: { policyConstraints, inhibitAnyPolicy } }: ParsedCertificate): void {
    this.explicitPolicy = Math.min(this.explicitPolicy, policyConstraints?.requireExplicitPolicy ?? Infinity)
    this.policyMapping = Math.min(this.policyMapping, policyConstraints?.inhibitPolicyMapping ?? Infinity)
    this.inhibitAnyPolicy = Math.min(this.inhibitAnyPolicy, inhibitAnyPolicy ?? Infinity)
  }
}
