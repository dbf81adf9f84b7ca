import type { Identity } from '../certificates/identity/identity.js'

/** A server's identities by the names of their certificates: exact, then one-label wildcard, then the default. */
export class IdentityTable {
  readonly #identities: readonly Identity[]
  readonly #byName = new Map<string, Identity[]>()

  /** @param identities the first is the default, with those that are for the same names */
  constructor(identities: readonly Identity[]) {
    this.#identities = identities
    for (const identity of identities) {
      for (const name of identity.leaf.dnsNames) {
        const key = name.toLowerCase()
        this.#byName.set(key, [...(this.#byName.get(key) ?? []), identity])
      }
    }
  }

  /** In order of fit; the caller takes the first whose signatures the client accepts. */
  find(serverName: string | undefined): readonly Identity[] {
    if (serverName !== undefined) {
      const name = serverName.toLowerCase().replace(/\.$/, '')
      const exact = this.#byName.get(name)
      if (exact) return exact
      // RFC 9525 section 6.3: the wildcard is the whole leftmost label
      const wildcard = this.#byName.get(name.replace(/^[^.]+/, '*'))
      if (wildcard) return wildcard
    }
    return this.#identities
  }
}
