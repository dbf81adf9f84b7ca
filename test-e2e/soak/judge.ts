import type { MemorySample } from './memory.js'
import type { SoakReport } from './soak.js'

export interface SoakTolerance {
  /** Bytes of heap a connection that may be noise. */
  readonly growth: number
}

/** What is wrong with a soak; nothing, if it is well. */
export function judge(report: SoakReport, tolerance: SoakTolerance = { growth: 100 }): readonly string[] {
  const complaints = report.counts.failures.map((failure) => `a connection went wrong: ${failure}`)
  for (const side of ['server', 'client'] as const) {
    const growth = report.growth[side]
    if (growth > tolerance.growth) {
      complaints.push(`the ${side}'s heap grows by ${Math.round(growth)} bytes a connection`)
    }
  }
  complaints.push(...handlesLeft([...report.server, report.afterIdle]))
  return complaints
}

/** Handles that a server has more of than in the first of these samples. */
export function handlesLeft([first, ...rest]: readonly Pick<
  MemorySample,
  'connections' | 'handles'
>[]): readonly string[] {
  const complaints: string[] = []
  for (const { connections, handles } of rest) {
    for (const [kind, count] of Object.entries(handles)) {
      const before = first?.handles[kind] ?? 0
      if (count > before) {
        complaints.push(`after ${connections} connections the server has ${count} ${kind}, before ${before}`)
      }
    }
  }
  return complaints
}
