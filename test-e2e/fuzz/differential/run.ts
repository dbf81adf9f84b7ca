import { createWriteStream } from 'node:fs'
import { readOptions } from '../../../scripts/read-options.js'
import { Comparer, findingOf } from './compare.js'
import { explain } from './divergences.js'
import { describeComparison, fuzz } from './fuzz.js'
import { type NativeStackName, nativeStackNames } from './native-stack.js'
import { type Flow, flows, type Recipe, type Role, recipesOf } from './recipe.js'
import { printReport } from './report.js'
import { startStacks } from './start-stacks.js'

/**
 * `npm run fuzz:differential`: the same bent handshakes against this library and others.
 *
 * --cases N       how many; 500 unless said
 * --seed S        the same cases again; the run says which it took
 * --target ROLE   bend handshakes with our `server` or our `client` only
 * --flow NAME     and of one flow only, such as `resumption`
 * --stacks A,B    of openssl, s2n, go and rustls; all that can be built here unless said
 * --parallel N    how many cases at once
 * --quiet MS      how long a stack may say nothing before it counts as waiting
 * --recipe JSON   one case alone, shown in full
 * --log FILE      a line of JSON for each case, with every stack's verdict
 * --alerts        shows also where the others agree on another alert than ours
 */
const values = readOptions(import.meta.url, {
  cases: { type: 'string', default: '500' },
  seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  target: { type: 'string' },
  flow: { type: 'string' },
  stacks: { type: 'string', default: nativeStackNames.join(',') },
  parallel: { type: 'string', default: '8' },
  quiet: { type: 'string', default: '1000' },
  alerts: { type: 'boolean', default: false },
  recipe: { type: 'string' },
  log: { type: 'string' },
})
if (values.target !== undefined && values.target !== 'server' && values.target !== 'client') {
  console.error(`--target is server or client, not ${values.target}`)
  process.exit(2)
}
if (recipesOf(values.target, values.flow as Flow | undefined).length === 0) {
  const names = new Set(Object.values(flows).flat())
  console.error(`--flow is one of ${[...names].join(', ')}, and one of the target; ${values.flow} is not`)
  process.exit(2)
}

const log = values.log === undefined ? undefined : createWriteStream(values.log)
const unhandled: unknown[] = []
process.on('unhandledRejection', (reason) => {
  unhandled.push(reason)
  console.log(`unhandled rejection: ${String(reason)}`)
})

const { stacks, identities, missing, stop } = await startStacks(values.stacks.split(',') as NativeStackName[])
try {
  for (const reason of missing) console.warn(`without ${reason}`)
  if (stacks.length === 1) throw new Error('there is no other stack to compare with')
  const comparer = new Comparer(stacks, identities)
  process.exitCode = await (values.recipe === undefined ? runMany(comparer) : runOne(comparer, values.recipe))
} finally {
  await stop()
  await new Promise<void>((resolve) => (log ? log.end(resolve) : resolve()))
}
process.exit()

async function runOne(comparer: Comparer, recipe: string): Promise<number> {
  const comparison = await comparer.compare(JSON.parse(recipe) as Recipe, { quiet: 2000, end: 5000 })
  console.log(describeComparison(comparison))
  const finding = findingOf(comparison)
  console.log(finding ? `${finding.kind}: ${explain(comparison, finding) ?? 'unexplained'}` : 'no divergence')
  return finding ? 1 : 0
}

async function runMany(comparer: Comparer): Promise<number> {
  const result = await fuzz(comparer, {
    cases: Number(values.cases),
    seed: Number(values.seed),
    under: values.target as Role | undefined,
    flow: values.flow as Flow | undefined,
    parallel: Number(values.parallel),
    quiet: Number(values.quiet),
    progress: (line) => console.log(line),
    log: (line) => log?.write(`${line}\n`),
  })
  const names = stacks.map(({ name }) => name)
  printReport(result, names, values.alerts)
  if (unhandled.length > 0) console.log(`${unhandled.length} unhandled rejections`)
  return result.unexplained.length > 0 || unhandled.length > 0 ? 1 : 0
}
