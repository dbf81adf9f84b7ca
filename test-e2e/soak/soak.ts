import { growthPerConnection, type MemorySample } from './memory.js'
import type { ScenarioCounts, SoakClient } from './soak-client.js'
import type { SoakServer } from './soak-server.js'
import { startWorker } from './worker-calls.js'

export interface SoakOptions {
  /** Connections before the first sample: caches fill, code is compiled. */
  readonly warmUp: number
  readonly connections: number
  readonly samples: number
  readonly atOnce: number
  /** Connections that stand open at once, doing nothing. */
  readonly idle: number
  readonly onSample?: (server: MemorySample, client: MemorySample) => void
}

export interface SoakReport {
  readonly counts: ScenarioCounts
  readonly serverFailures: Readonly<Record<string, number>>
  readonly server: readonly MemorySample[]
  readonly client: readonly MemorySample[]
  /** Bytes of heap that stay for each connection that is over, by the last two thirds of the samples. */
  readonly growth: { readonly server: number; readonly client: number }
  /** Bytes for each connection that is open and idle. */
  readonly idle: { readonly server: IdleCost; readonly client: IdleCost }
  /** When all of them are closed. */
  readonly afterIdle: MemorySample
}

export interface IdleCost {
  readonly heap: number
  readonly rss: number
}

/** Many connections of every kind through one server process, whose memory and handles are measured in between. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const server = startWorker<SoakServer>('soak-server.ts')
  const client = startWorker<SoakClient>('soak-client.ts')
  try {
    await client.call('start', await server.call('start', null))
    const { atOnce } = options
    const parts = [await client.call('run', { connections: options.warmUp, atOnce })]
    const samples = { server: [] as MemorySample[], client: [] as MemorySample[] }
    const sample = async () => {
      const [ofServer, ofClient] = [await server.call('sample', null), await client.call('sample', null)]
      samples.server.push(ofServer)
      samples.client.push(ofClient)
      options.onSample?.(ofServer, ofClient)
    }
    await sample()
    for (let index = 0; index < options.samples; index++) {
      const connections = Math.round(options.connections / options.samples)
      parts.push(await client.call('run', { connections, atOnce }))
      await sample()
    }

    const before = [await server.call('sample', null), await client.call('sample', null)] as const
    await client.call('openIdle', options.idle)
    const open = [await server.call('sampleBusy', null), await client.call('sample', null)] as const
    await client.call('closeIdle', null)
    const cost = (index: 0 | 1): IdleCost => ({
      heap: (open[index].heap - before[index].heap) / options.idle,
      rss: (open[index].rss - before[index].rss) / options.idle,
    })
    return {
      counts: merge(parts),
      serverFailures: await server.call('failures', null),
      ...samples,
      growth: {
        server: growthPerConnection(settled(samples.server)),
        client: growthPerConnection(settled(samples.client)),
      },
      idle: { server: cost(0), client: cost(1) },
      afterIdle: await server.call('sample', null),
    }
  } finally {
    await Promise.all([client.stop(), server.stop()])
  }
}

/** Code is compiled and caches fill for longer than the warm-up: growth is what the rest shows. */
const settled = (samples: readonly MemorySample[]) => samples.slice(Math.floor(samples.length / 3))

function merge(parts: readonly ScenarioCounts[]): ScenarioCounts {
  const done: Record<string, number> = {}
  for (const part of parts) {
    for (const [name, count] of Object.entries(part.done)) done[name] = (done[name] ?? 0) + count
  }
  return { done, failures: parts.flatMap(({ failures }) => failures) }
}
