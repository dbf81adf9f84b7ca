import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { answerHelp } from '../../scripts/read-options.js'
import type { LimboCase, LimboFile } from './limbo-schema.js'
import { type LimboVerdict, runCase } from './run-case.js'

/**
 * `npm run limbo -- [FILE] [--verbose]`: runs the cases of a file of x509-limbo's schema and prints each deviation.
 * FILE is `../shared/data/x509-limbo.json` when it is not given.
 */
const given = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
answerHelp(import.meta.url)
const isVerbose = process.argv.includes('--verbose')
const file = given[0] ?? fileURLToPath(new URL('../../../shared/data/x509-limbo.json', import.meta.url))
if (!existsSync(file)) {
  console.error(`limbo: there is no ${file}; give a file of x509-limbo's schema: npm run limbo -- FILE`)
  process.exit(2)
}

const { testcases } = JSON.parse(readFileSync(file, 'utf8')) as LimboFile
const counts = { ok: 0, 'falsely accepted': 0, 'falsely rejected': 0, skipped: 0 }
let slowest = { id: '', milliseconds: 0 }
const start = performance.now()
for (const testCase of testcases) {
  const caseStart = performance.now()
  const verdict = await withinTime(testCase)
  const milliseconds = performance.now() - caseStart
  if (milliseconds > slowest.milliseconds) slowest = { id: testCase.id, milliseconds }
  const outcome = outcomeOf(testCase, verdict)
  counts[outcome]++
  const reason = verdict.kind === 'accepted' ? '' : `: ${verdict.reason}`
  if (outcome !== 'ok') console.log(`${outcome}: ${testCase.id} (${testCase.importance})${reason}`)
  else if (isVerbose) console.log(`ok: ${testCase.id} ${verdict.kind}${reason}`)
}
const seconds = ((performance.now() - start) / 1000).toFixed(1)
console.log(
  `${testcases.length} cases in ${seconds} s, the slowest ${slowest.id} in ${slowest.milliseconds.toFixed(0)} ms`,
)
console.log(
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', '),
)

function outcomeOf({ expected_result }: LimboCase, { kind }: LimboVerdict): keyof typeof counts {
  if (kind === 'skipped') return 'skipped'
  const shouldAccept = expected_result === 'SUCCESS'
  if ((kind === 'accepted') === shouldAccept) return 'ok'
  return kind === 'accepted' ? 'falsely accepted' : 'falsely rejected'
}

/** A case that hangs, or fails with anything but a typed error, ends the run: neither may happen. */
async function withinTime(testCase: LimboCase): Promise<LimboVerdict> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${testCase.id} did not end within 10 s`)), 10_000)
  })
  try {
    return await Promise.race([runCase(testCase), timeout])
  } finally {
    clearTimeout(timer)
  }
}
