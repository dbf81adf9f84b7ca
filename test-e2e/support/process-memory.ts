import { readdirSync, readFileSync } from 'node:fs'

/** The memory of a process's descendants, in bytes of resident set: on Linux, else `undefined`. */
export function descendantsMemory(ancestor: number): number | undefined {
  const parents = new Map<number, number>()
  const resident = new Map<number, number>()
  try {
    for (const entry of readdirSync('/proc')) {
      if (!/^\d+$/.test(entry)) continue
      try {
        const status = readFileSync(`/proc/${entry}/status`, 'utf8')
        parents.set(Number(entry), Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]))
        // what is shared between the browser's processes would be counted for each
        resident.set(Number(entry), 1024 * Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1] ?? 0))
      } catch {
        // it has ended meanwhile
      }
    }
  } catch {
    return undefined
  }
  const descends = (id: number): boolean => {
    const parent = parents.get(id)
    return parent !== undefined && parent > 1 && (parent === ancestor || descends(parent))
  }
  return [...resident].filter(([id]) => descends(id)).reduce((sum, [, bytes]) => sum + bytes, 0)
}
