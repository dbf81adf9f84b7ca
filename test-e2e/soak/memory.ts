import { setTimeout as sleep } from 'node:timers/promises'

/** What a process holds after its garbage was collected. Bytes. */
export interface MemorySample {
  /** Connections that it had had by then. */
  readonly connections: number
  /** Of JavaScript, with what its buffers hold outside of the heap. */
  readonly heap: number
  readonly rss: number
  /** Sockets, timers and other things that the event loop waits for, by kind. */
  readonly handles: Readonly<Record<string, number>>
}

export async function sampleMemory(connections: number): Promise<MemorySample> {
  const collect = globalThis.gc
  if (!collect) throw new Error('start the process with --expose-gc')
  // what finalizers let go of is collected the next time
  for (let round = 0; round < 4; round++) {
    collect()
    await sleep(25)
  }
  const { heapUsed, external, rss } = process.memoryUsage()
  const handles: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) handles[kind] = (handles[kind] ?? 0) + 1
  return { connections, heap: heapUsed + external, rss, handles }
}

/** Bytes that stay for each connection: the slope of the line that fits the samples best. */
export function growthPerConnection(samples: readonly Pick<MemorySample, 'connections' | 'heap'>[]): number {
  const meanX = mean(samples.map(({ connections }) => connections))
  const meanY = mean(samples.map(({ heap }) => heap))
  let covariance = 0
  let variance = 0
  for (const sample of samples) {
    covariance += (sample.connections - meanX) * (sample.heap - meanY)
    variance += (sample.connections - meanX) ** 2
  }
  return variance === 0 ? 0 : covariance / variance
}

const mean = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length
