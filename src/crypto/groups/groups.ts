import { ecdhGroups } from './ecdh.js'
import type { KeyExchangeGroup } from './group.js'

/** Every group that the library knows, by its code point. */
export const groupByCodePoint: ReadonlyMap<number, KeyExchangeGroup> = new Map(
  ecdhGroups.map((group) => [group.codePoint, group]),
)
