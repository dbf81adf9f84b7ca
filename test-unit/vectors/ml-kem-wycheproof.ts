import { readFileSync } from 'node:fs'
import type { MlKemName } from '../../src/crypto/groups/ml-kem-implementation.js'

export interface MlKemVectors {
  readonly decapsulation: readonly { tcId: number; seed: string; ek: string; c: string; K: string }[]
  readonly encapsulation: readonly { tcId: number; m: string; ek: string; c: string; K: string }[]
  /** Encapsulation keys with a coefficient of q or more. */
  readonly modulusOverflow: readonly { tcId: number; ek: string }[]
}

/** A selection of Project Wycheproof's vectors for FIPS 203, with those of CCTV that it includes; its file says which. */
export const wycheproofMlKem = (
  JSON.parse(readFileSync(new URL('ml-kem-wycheproof.json', import.meta.url), 'utf8')) as {
    sets: Record<MlKemName, MlKemVectors>
  }
).sets
