import type { NamedGroupName } from '../../messages/code-points.js'
import { secp256r1, secp384r1, secp521r1, x25519 } from './ecdh.js'
import type { KeyExchangeGroup } from './group.js'
import { hybridGroup } from './hybrid.js'
import { mlKem, mlKem1024Group } from './ml-kem.js'

/** Every group that the library knows. */
export const groups: Readonly<Record<NamedGroupName, KeyExchangeGroup>> = {
  x25519,
  secp256r1,
  secp384r1,
  secp521r1,
  // "The order of shares in the concatenation has been reversed" for this one: ML-KEM is first
  X25519MLKEM768: hybridGroup('X25519MLKEM768', mlKem('ML-KEM-768'), x25519),
  SecP256r1MLKEM768: hybridGroup('SecP256r1MLKEM768', secp256r1, mlKem('ML-KEM-768')),
  SecP384r1MLKEM1024: hybridGroup('SecP384r1MLKEM1024', secp384r1, mlKem('ML-KEM-1024')),
  MLKEM1024: mlKem1024Group,
}

export const groupByCodePoint: ReadonlyMap<number, KeyExchangeGroup> = new Map(
  Object.values(groups).map((group) => [group.codePoint, group]),
)
