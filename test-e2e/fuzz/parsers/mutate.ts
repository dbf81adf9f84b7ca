import { type Bytes, concatBytes } from '../../../src/wire/bytes.js'

/** A sequence of numbers that a seed repeats: xorshift32. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 1
  }

  /** A whole number below `limit`. */
  below(limit: number): number {
    this.#state ^= this.#state << 13
    this.#state ^= this.#state >>> 17
    this.#state ^= this.#state << 5
    return (this.#state >>> 0) % Math.max(limit, 1)
  }
}

/** One to some changes, small or large; `other` is another input to take parts of. */
export function mutate(input: Bytes, other: Bytes, random: Random): Bytes {
  let bytes = input
  for (let rounds = 1 + random.below(5); rounds > 0; rounds--) bytes = change(bytes, other, random)
  return bytes.length > maxLength ? bytes.slice(0, maxLength) : bytes
}

function change(bytes: Bytes, other: Bytes, random: Random): Bytes {
  const at = random.below(bytes.length + 1)
  const length = 1 + random.below(random.below(4) === 0 ? 64 : 4)
  switch (random.below(10)) {
    case 0:
      return withByte(bytes, at, (byte) => byte ^ (1 << random.below(8)))
    case 1:
      return withByte(bytes, at, () => random.below(256))
    case 2:
      return withByte(bytes, at, () => interesting[random.below(interesting.length)] ?? 0)
    case 3:
      return withByte(bytes, at, (byte) => byte + (random.below(2) === 0 ? 1 : -1))
    case 4:
      return concatBytes(bytes.subarray(0, at), bytes.subarray(at + length))
    case 5:
      return concatBytes(bytes.subarray(0, at), randomBytes(length, random), bytes.subarray(at))
    case 6: {
      const from = random.below(bytes.length)
      return concatBytes(bytes.subarray(0, at), bytes.subarray(from, from + length), bytes.subarray(at))
    }
    case 7: {
      const from = random.below(other.length)
      return concatBytes(bytes.subarray(0, at), other.subarray(from, from + length), bytes.subarray(at))
    }
    case 8:
      return concatBytes(bytes.subarray(0, at), other.subarray(random.below(other.length)))
    default:
      return fitLength(bytes, at, random)
  }
}

/** Has a number of one to three bytes say how much follows it: what a change elsewhere has put out of step. */
function fitLength(bytes: Bytes, at: number, random: Random): Bytes {
  const size = 1 + random.below(3)
  const rest = bytes.length - at - size - (random.below(3) === 0 ? random.below(8) : 0)
  if (rest < 0) return bytes
  const changed = bytes.slice()
  for (let index = 0; index < size; index++) changed[at + size - 1 - index] = (rest >> (8 * index)) & 0xff
  return changed
}

function withByte(bytes: Bytes, at: number, change: (byte: number) => number): Bytes {
  const changed = bytes.slice()
  if (at < changed.length) changed[at] = change(changed[at] ?? 0)
  return changed
}

const randomBytes = (length: number, random: Random): Bytes => Uint8Array.from({ length }, () => random.below(256))

const interesting = [0, 1, 2, 0x7f, 0x80, 0x81, 0x82, 0x83, 0xfe, 0xff, 0x30, 0x31, 0x02, 0x04, 0x0a, 0x0d, 0x20, 0x3a]
const maxLength = 4096
