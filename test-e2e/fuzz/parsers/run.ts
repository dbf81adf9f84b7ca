import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { build } from 'vite'
import { readOptions } from '../../../scripts/read-options.js'
import { type Bytes, toHex } from '../../../src/wire/bytes.js'
import { instrument } from './instrument.js'
import { seedsFor } from './seeds.js'
import { targets } from './targets.js'
import type { Result, Work } from './worker.js'

/**
 * `npm run fuzz:parsers`: each parser of bytes of others, guided by the branches that inputs reach. What is worth
 * keeping of the inputs is in node_modules/.cache/fuzz-parsers, and the next run begins with it.
 *
 * --seconds N    for each parser; 60 unless said
 * --target NAME  one of them; several are separated by commas
 * --seed S       of the mutations
 * --parallel N   parsers at once; 1 unless said
 * --list         names them
 */
const values = readOptions(import.meta.url, {
  seconds: { type: 'string', default: '60' },
  target: { type: 'string' },
  seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  parallel: { type: 'string', default: '1' },
  list: { type: 'boolean', default: false },
})
if (values.list) {
  for (const { name } of targets) console.log(name)
  process.exit(0)
}
const wanted = values.target?.split(',')
const chosen = targets.filter(({ name }) => wanted === undefined || wanted.includes(name))
if (chosen.length === 0) {
  console.error(`there is no parser ${values.target}; --list names them`)
  process.exit(2)
}

const hangSeconds = 20
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const cache = here('../../../node_modules/.cache/fuzz-parsers')
await mkdir(cache, { recursive: true })
const bundle = await bundled('targets')
const { code, counters } = instrument(await readFile(bundle, 'utf8'))
await writeFile(bundle, code)
const workerFile = await bundled('worker')

const names = chosen.map(({ name }) => name)
let failed = 0
let executions = 0
async function fuzzNext(): Promise<void> {
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    const result = await fuzz(name)
    executions += result.executions
    const kept = `${result.branches} branches, ${result.corpus.length} inputs kept`
    console.log(`${name.padEnd(32)}${String(result.executions).padStart(12)} executions, ${kept}`)
    if (!result.finding) continue
    failed++
    console.log(`    ${toHex(result.finding.input)}\n    ${result.finding.error.replaceAll('\n', '\n    ')}`)
  }
}
await Promise.all(Array.from({ length: Number(values.parallel) }, fuzzNext))
console.log(
  `${chosen.length} parsers, ${values.seconds} s each, seed ${values.seed}: ${executions} executions, findings in ${failed}`,
)
process.exit(failed > 0 ? 1 : 0)

async function fuzz(target: string): Promise<Result> {
  const corpusFile = join(cache, `${target}.json`)
  const work: Work = {
    bundle,
    counters,
    target,
    seeds: [...(await seedsFor(target)), ...(await keptInputs(corpusFile))],
    milliseconds: Number(values.seconds) * 1000,
    seed: Number(values.seed),
    current: new SharedArrayBuffer(2 ** 17),
    executions: new SharedArrayBuffer(4),
  }
  const result = await run(work)
  await writeFile(corpusFile, JSON.stringify(result.corpus.map(toHex)))
  return result
}

/** A parser that hangs, or takes all memory, takes only its worker along. */
function run(work: Work): Promise<Result> {
  const worker = new Worker(workerFile, { workerData: work, resourceLimits: { maxOldGenerationSizeMb: 768 } })
  const count = () => new Uint32Array(work.executions)[0] ?? 0
  const ended = (error: string): Result => {
    const input = new Uint8Array(work.current).slice(4, 4 + new DataView(work.current).getUint32(0))
    return { executions: count(), branches: 0, corpus: [], finding: { input: Uint8Array.from(input), error } }
  }
  return new Promise((resolve) => {
    let before = -1
    const watch = setInterval(() => {
      if (count() === before) settle(ended(`it does not come back in ${hangSeconds} s`))
      before = count()
    }, hangSeconds * 1000)
    const settle = (result: Result) => {
      clearInterval(watch)
      void worker.terminate()
      resolve(result)
    }
    worker.once('message', (result: Result) => settle(result))
    worker.once('error', (error) => settle(ended(String(error))))
  })
}

async function keptInputs(file: string): Promise<Bytes[]> {
  try {
    return (JSON.parse(await readFile(file, 'utf8')) as string[]).map((hex) => Uint8Array.from(Buffer.from(hex, 'hex')))
  } catch {
    return []
  }
}

/** @returns the file that the module became, with all that it imports of ours */
async function bundled(name: string): Promise<string> {
  const outDir = join(cache, name)
  await build({
    root: here('../../..'),
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    build: { ssr: here(`${name}.ts`), outDir, emptyOutDir: true, target: 'es2022', minify: false },
  })
  return join(outDir, `${name}.js`)
}
