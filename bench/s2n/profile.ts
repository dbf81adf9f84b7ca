import { Session } from 'node:inspector/promises'
import type { CryptoProvider } from '../../src/index.js'
import { base, type Command, type Pems } from './cases.js'
import { measureHandshakes, measureThroughput } from './measure.js'

/** Shares of the main thread's time. */
export async function profile(
  kind: 'handshake' | 'throughput',
  milliseconds: number,
  of: Pems,
  provider?: CryptoProvider,
): Promise<Readonly<Record<string, string>>> {
  const command = { ...base, milliseconds, bytes: 1_000_000 }
  const run = (each: Omit<typeof command, 'kind'>) =>
    kind === 'handshake'
      ? measureHandshakes({ kind, ...each } satisfies Command, of, provider)
      : measureThroughput({ kind, ...each } satisfies Command, of, provider)
  await run({ ...command, milliseconds: 500 })
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.start')
  await run(command)
  const { profile: taken } = await session.post('Profiler.stop')
  session.disconnect()
  const nodes = new Map(taken.nodes.map((node) => [node.id, node]))
  const parents = new Map(taken.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)))
  const partOfNode = (id: number | undefined): Part => {
    const node = id === undefined ? undefined : nodes.get(id)
    if (!node) return 'other'
    // what the engine itself does is counted where it was called
    return partOf(node.callFrame.functionName, node.callFrame.url) ?? partOfNode(parents.get(node.id))
  }
  const times = new Map<Part, number>()
  let total = 0
  for (const [index, id] of (taken.samples ?? []).entries()) {
    const time = taken.timeDeltas?.[index] ?? 0
    const part = partOfNode(id)
    times.set(part, (times.get(part) ?? 0) + time)
    total += time
  }
  return Object.fromEntries(parts.map((part) => [part, `${((100 * (times.get(part) ?? 0)) / total).toFixed(0)}%`]))
}

const parts = ['waits', 'crypto', 'streams', 'webtls', 'garbage', 'other'] as const
type Part = (typeof parts)[number]

function partOf(functionName: string, url: string): Part | undefined {
  if (functionName === '(idle)') return 'waits'
  if (functionName === '(garbage collector)') return 'garbage'
  if (url === '') return functionName === '(program)' || functionName === '(root)' ? 'other' : undefined
  if (url.startsWith('node:internal/crypto/')) return 'crypto'
  if (url.startsWith('node:internal/webstreams/')) return 'streams'
  return /\/(src|bench)\//.test(url) && !url.includes('/node_modules/') ? 'webtls' : 'other'
}
