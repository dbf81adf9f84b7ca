import { handlesLeft } from '../judge.js'
import { growthPerConnection } from '../memory.js'
import type { BrowserSample, BrowserSoakReport } from './browser-soak.js'
import type { OpenConnections } from './soak-site.js'

export interface BrowserSoakTolerance {
  /** Bytes by which a heap may be larger at the end than after the warm-up. */
  readonly heap: number
  /** Bytes that may stay for each request, by the line through the later samples. */
  readonly growth: number
}

export const places = ['page', 'worker', 'site'] as const
export type Place = (typeof places)[number]

/** What is wrong with a soak; nothing, if it is well. */
export function judgeBrowserSoak(report: BrowserSoakReport, tolerance: BrowserSoakTolerance): readonly string[] {
  const { counts, samples, exceptions, afterwards } = report
  const complaints = [
    ...counts.failures.map((failure) => `something went wrong: ${failure}`),
    ...exceptions.map((exception) => `not handled: ${exception}`),
    ...handlesLeft(samples.map(({ requests, site }) => ({ connections: requests, handles: site.handles }))),
    ...samples.flatMap(({ requests, open }) => connectionsLeft(`after ${requests} requests`, open)),
    ...connectionsLeft('at the end', afterwards),
  ]
  for (const place of places) {
    const { change, growth } = heapChange(samples, place)
    if (!(change <= tolerance.heap)) complaints.push(`${place}: ${change} bytes of heap more than after the warm-up`)
    if (!(growth <= tolerance.growth))
      complaints.push(`${place}: ${Math.round(growth)} bytes of heap stay for a request`)
  }
  const { made, resumed } = counts.connections
  if (resumed * 2 < made) complaints.push(`${resumed} of ${made} new connections resumed a session`)
  return complaints
}

/** From the sample after the warm-up to the last, and for each request by the last two thirds. Bytes. */
export function heapChange(samples: readonly BrowserSample[], place: Place): { change: number; growth: number } {
  const heaps = samples.map((sample) => ({
    connections: sample.requests,
    heap: place === 'site' ? sample.site.heap : sample[place],
  }))
  const change = (heaps.at(-1)?.heap ?? Number.NaN) - (heaps[0]?.heap ?? Number.NaN)
  return { change, growth: growthPerConnection(heaps.slice(Math.floor(heaps.length / 3))) }
}

function connectionsLeft(when: string, open: OpenConnections): readonly string[] {
  return Object.entries<number | undefined>({ ...open })
    .filter(([, count]) => count !== undefined && count > 0)
    .map(([where, count]) => `${when} ${count} connections are open: ${where}`)
}
