import type { PolicyMapping } from '../extensions/known-extensions.js'
import { anyPolicy } from '../extensions/oids.js'

interface PolicyNode {
  readonly parents: ReadonlySet<string>
  expected: ReadonlySet<string>
}

/** The nodes of one certificate, by their valid_policy. */
type PolicyLevel = Map<string, PolicyNode>

/**
 * valid_policy_graph of RFC 9618 section 5: each policy is one node of its level, so that the graph grows with the
 * certificates and not, like RFC 5280's tree, with the product of their mappings.
 */
export class PolicyGraph {
  readonly #levels: PolicyLevel[] = [new Map([[anyPolicy, { parents: new Set(), expected: new Set([anyPolicy]) }]])]

  /** No policy is left: the graph is NULL. */
  get isEmpty(): boolean {
    return this.#last.size === 0
  }

  get #last(): PolicyLevel {
    return this.#levels[this.#levels.length - 1] ?? new Map()
  }

  clear(): void {
    this.#levels.push(new Map())
  }

  /** RFC 9618 section 5.3, step (d). @param takesAnyPolicy whether anyPolicy in the certificate counts */
  addCertificate(policies: readonly string[], takesAnyPolicy: boolean): void {
    const above = this.#last
    const parentsOf = new Map<string, Set<string>>()
    for (const [policy, { expected }] of above) {
      for (const each of expected) parentsOf.set(each, (parentsOf.get(each) ?? new Set()).add(policy))
    }
    const level: PolicyLevel = new Map()
    for (const policy of policies) {
      if (policy === anyPolicy) continue
      const parents = parentsOf.get(policy) ?? (above.has(anyPolicy) ? new Set([anyPolicy]) : undefined)
      if (parents !== undefined) level.set(policy, { parents, expected: new Set([policy]) })
    }
    if (takesAnyPolicy && policies.includes(anyPolicy)) {
      for (const [policy, parents] of parentsOf) {
        if (!level.has(policy)) level.set(policy, { parents, expected: new Set([policy]) })
      }
    }
    this.#levels.push(level)
  }

  /** RFC 9618 section 5.4, step (b). @param isInhibited policy_mapping is 0 */
  mapPolicies(mappings: readonly PolicyMapping[], isInhibited: boolean): void {
    const level = this.#last
    const targets = new Map<string, Set<string>>()
    for (const { issuerDomainPolicy, subjectDomainPolicy } of mappings) {
      targets.set(issuerDomainPolicy, (targets.get(issuerDomainPolicy) ?? new Set()).add(subjectDomainPolicy))
    }
    for (const [policy, expected] of targets) {
      const node = level.get(policy)
      if (isInhibited) level.delete(policy)
      else if (node !== undefined) node.expected = expected
      else if (level.has(anyPolicy)) level.set(policy, { parents: new Set([anyPolicy]), expected })
    }
  }

  /** RFC 9618 section 5.6, step (g): whether one of the user's policies, in the anchor's words, reaches the leaf. */
  reaches(userPolicies: ReadonlySet<string>): boolean {
    if (userPolicies.has(anyPolicy)) return !this.isEmpty
    if (this.#last.has(anyPolicy)) return userPolicies.size > 0
    let reached = new Set(this.#last.keys())
    for (const level of this.#levels.toReversed()) {
      const above = new Set<string>()
      for (const policy of reached) {
        const parents = level.get(policy)?.parents ?? new Set<string>()
        if (parents.has(anyPolicy) && userPolicies.has(policy)) return true
        for (const parent of parents) if (parent !== anyPolicy) above.add(parent)
      }
      reached = above
    }
    return false
  }
}
