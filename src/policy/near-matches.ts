/** The names most like a mistyped one, three at most: those a few letters away, then those that it is a part of. */
export function nearMatches(wanted: string, names: readonly string[]): readonly string[] {
  // enough for a transposition or a forgotten separator; more in a long name
  const limit = Math.max(2, Math.floor(wanted.length / 6))
  const ranked = names.map((name) => {
    const distance = editDistance(wanted, name.toLowerCase())
    const isPart = wanted.length >= 4 && name.toLowerCase().includes(wanted)
    return { name, rank: distance <= limit ? distance : isPart ? limit + name.length : undefined }
  })
  return ranked
    .flatMap(({ name, rank }) => (rank === undefined ? [] : [{ name, rank }]))
    .sort((a, b) => a.rank - b.rank)
    .slice(0, 3)
    .map(({ name }) => name)
}

/** Levenshtein's. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + Number(a[i - 1] !== b[j - 1])
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
