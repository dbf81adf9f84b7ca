import { pathToFileURL } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'
import type { Bytes } from '../../../src/wire/bytes.js'
import { mutate, Random } from './mutate.js'
import type { Target } from './target.js'

/** What the run hands to the worker of one parser. */
export interface Work {
  readonly bundle: string
  readonly counters: number
  readonly target: string
  readonly seeds: readonly Bytes[]
  readonly milliseconds: number
  readonly seed: number
  /** The input at hand, with its length in the first four bytes: what a parser that never returns was given. */
  readonly current: SharedArrayBuffer
  /** How many inputs there were. */
  readonly executions: SharedArrayBuffer
}

/** What the worker says at its end. */
export interface Result {
  readonly executions: number
  readonly branches: number
  readonly corpus: readonly Bytes[]
  readonly finding?: { readonly input: Bytes; readonly error: string }
}

/** Inputs that reach a branch, or reach it more often than any did, are kept and mutated further. */
async function fuzz(work: Work): Promise<Result> {
  const coverage = new Uint8Array(work.counters)
  Object.assign(globalThis, { __coverage: coverage })
  const { targets } = (await import(pathToFileURL(work.bundle).href)) as { targets: readonly Target[] }
  const target = targets.find(({ name }) => name === work.target)
  if (!target) throw new Error(`there is no parser ${work.target}`)
  const seen = new Uint8Array(work.counters)
  const random = new Random(work.seed)
  const corpus: Bytes[] = []
  const current = new Uint8Array(work.current)
  const executions = new Uint32Array(work.executions)
  const count = () => executions[0] ?? 0

  const execute = async (input: Bytes): Promise<boolean> => {
    new DataView(work.current).setUint32(0, input.length)
    current.set(input, 4)
    executions[0] = count() + 1
    coverage.fill(0)
    const started = performance.now()
    const running = target.run(input)
    if (running) await running
    const took = performance.now() - started
    if (took > slowMilliseconds) throw new Error(`it took ${Math.round(took)} ms for ${input.length} bytes`)
    return isNew(coverage, seen)
  }

  let input: Bytes = new Uint8Array()
  try {
    for (input of [input, ...work.seeds]) if (await execute(input)) corpus.push(input)
    if (corpus.length === 0) corpus.push(input)
    const end = performance.now() + work.milliseconds
    while (performance.now() < end) {
      for (let round = 0; round < 50; round++) {
        const pick = () => corpus[random.below(corpus.length)]
        input = mutate(pick() ?? new Uint8Array(), pick() ?? new Uint8Array(), random)
        if (await execute(input)) corpus.push(input)
      }
    }
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { executions: count(), branches: reached(seen), corpus, finding: { input, error: text } }
  }
  return { executions: count(), branches: reached(seen), corpus }
}

/** By classes, so that one loop more is not always news: 1, 2, 3, 4-7, 8-15, 16-31, 32-127, 128 and more. */
function isNew(coverage: Uint8Array, seen: Uint8Array): boolean {
  let found = false
  for (let index = 0; index < coverage.length; index++) {
    const hits = coverage[index] ?? 0
    if (hits === 0) continue
    const bit = hits < 4 ? 1 << (hits - 1) : hits < 8 ? 8 : hits < 16 ? 16 : hits < 32 ? 32 : hits < 128 ? 64 : 128
    const known = seen[index] ?? 0
    if ((known & bit) !== 0) continue
    seen[index] = known | bit
    found = true
  }
  return found
}

const reached = (seen: Uint8Array): number => seen.reduce((sum, each) => sum + (each === 0 ? 0 : 1), 0)

/** Inputs have 4 KiB at most: a parser that takes so long over one is a finding. */
const slowMilliseconds = 2000

parentPort?.postMessage(await fuzz(workerData as Work))
