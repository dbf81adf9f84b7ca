import type { Bytes } from '../../wire/bytes.js'

/**
 * The four or sixteen bytes of an IP address in text: dotted decimal without leading zeros, or RFC 4291's IPv6 with or
 * without brackets. `undefined` for anything else; zones (`%eth0`) are no part of an identity.
 */
export function parseIpAddress(text: string): Bytes | undefined {
  if (text.startsWith('[') && text.endsWith(']')) return parseIpv6(text.slice(1, -1))
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text)
}

/** RFC 5952 for sixteen bytes, dotted decimal for four, hexadecimal for other lengths. */
export function formatIpAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.length !== 16) return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  const groups = Array.from({ length: 8 }, (_, index) => (bytes[2 * index] ?? 0) * 256 + (bytes[2 * index + 1] ?? 0))
  const zeros = longestZeroRun(groups)
  const text = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':')
  return zeros.length < 2 ? text(0, 8) : `${text(0, zeros.start)}::${text(zeros.start + zeros.length, 8)}`
}

function parseIpv4(text: string): Bytes | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256)) {
    return undefined
  }
  return Uint8Array.from(parts, Number)
}

function parseIpv6(text: string): Bytes | undefined {
  if (text.length > 45) return undefined
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = halves.map((half, index) => parseGroups(half, index === halves.length - 1))
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined
  const missing = 8 - head.length - (tail?.length ?? 0)
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  const groups = [...head, ...new Array<number>(missing).fill(0), ...(tail ?? [])]
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]))
}

/** The last two groups may be an IPv4 address. */
function parseGroups(text: string, isLast: boolean): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [index, part] of parts.entries()) {
    if (isLast && index === parts.length - 1 && part.includes('.')) {
      const v4 = parseIpv4(part)
      if (v4 === undefined) return undefined
      const [a = 0, b = 0, c = 0, d = 0] = v4
      groups.push(a * 256 + b, c * 256 + d)
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16))
    } else {
      return undefined
    }
  }
  return groups
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < groups.length; start++) {
    let length = 0
    while (start + length < groups.length && groups[start + length] === 0) length++
    if (length > best.length) best = { start, length }
  }
  return best
}
