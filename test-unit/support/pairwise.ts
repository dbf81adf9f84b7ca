import type { CipherSuiteName, NamedGroupName } from '../../src/messages/code-points.js'
import type { TestKeyType } from './test-keys.js'

/** The switches of a connection between our client and our server. */
export interface PairOptions {
  readonly suite: CipherSuiteName
  readonly group: NamedGroupName
  readonly keyType: TestKeyType
  readonly clientAuth: 'none' | 'optional' | 'required'
  /** The client sends a share of another group first. */
  readonly retries: boolean
  readonly alpn: string | undefined
  readonly session: 'none' | 'resumed' | 'early data'
  readonly recordLimit: number | undefined
  readonly compression: boolean
  readonly padding: number
  readonly recordSizing: 'throughput' | 'latency'
  readonly grease: boolean
  readonly middleboxCompatibility: boolean
}

/** Our client against our server: every two values of any two switches meet in some row. */
export const pairFactors: { readonly [K in keyof PairOptions]: readonly PairOptions[K][] } = {
  suite: ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'],
  group: [
    'x25519',
    'secp256r1',
    'secp384r1',
    'secp521r1',
    'X25519MLKEM768',
    'SecP256r1MLKEM768',
    'SecP384r1MLKEM1024',
    'MLKEM1024',
  ],
  keyType: ['ecdsa-p256', 'ecdsa-p384', 'ecdsa-p521', 'rsa2048', 'rsa-pss', 'ed25519'],
  clientAuth: ['none', 'optional', 'required'],
  retries: [false, true],
  alpn: [undefined, 'h2'],
  session: ['none', 'resumed', 'early data'],
  recordLimit: [undefined, 64, 1000],
  compression: [true, false],
  padding: [0, 100],
  recordSizing: ['throughput', 'latency'],
  grease: [false, true],
  middleboxCompatibility: [true, false],
}

type Factors<T> = { readonly [K in keyof T]: readonly T[K][] }

/**
 * Rows in which every two values of any two factors meet: greedily, and always the same ones. A row starts with a
 * pair that is missing yet, and each further factor takes the value that brings most new pairs.
 */
export function makePairs<T extends object>(factors: Factors<T>): readonly T[] {
  const names = Object.keys(factors) as (keyof T)[]
  const missing = new Set<string>()
  const keyOf = (a: number, valueOfA: number, b: number, valueOfB: number) =>
    a < b ? `${a}:${valueOfA} ${b}:${valueOfB}` : `${b}:${valueOfB} ${a}:${valueOfA}`
  for (let a = 0; a < names.length; a++) {
    for (let b = a + 1; b < names.length; b++) {
      for (const [i] of valuesOf(a).entries()) for (const [j] of valuesOf(b).entries()) missing.add(keyOf(a, i, b, j))
    }
  }

  const rows: T[] = []
  while (missing.size > 0) {
    const chosen = new Map<number, number>()
    const [first = ''] = missing
    for (const part of first.split(' ')) {
      const [factor = 0, value = 0] = part.split(':').map(Number)
      chosen.set(factor, value)
    }
    for (const factor of names.keys()) {
      if (chosen.has(factor)) continue
      const gains = valuesOf(factor).map(
        (_, value) => [...chosen].filter(([other, taken]) => missing.has(keyOf(factor, value, other, taken))).length,
      )
      // the rows turn through equal values, so that none is rare
      const best = Math.max(...gains)
      const equal = gains.flatMap((gain, value) => (gain === best ? [value] : []))
      chosen.set(factor, equal[rows.length % equal.length] ?? 0)
    }
    for (const [a, i] of chosen) for (const [b, j] of chosen) missing.delete(keyOf(a, i, b, j))
    const entries = names.map((name, factor) => [name, valuesOf(factor)[chosen.get(factor) ?? 0]] as const)
    rows.push(Object.fromEntries(entries) as T)
  }
  return rows

  function valuesOf(factor: number): readonly unknown[] {
    const name = names[factor]
    return name === undefined ? [] : factors[name]
  }
}
