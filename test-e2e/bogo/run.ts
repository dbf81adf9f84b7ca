import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installRuntime } from '../../scripts/install/runtimes.js'
import { readOptions } from '../../scripts/read-options.js'
import { startShim } from './start-shim.js'

/**
 * `npm run bogo -- --runner PATH`: holds the library to BoringSSL's BoGo. The runner is built outside this project
 * (docs/bogo.md).
 *
 * --only GLOB  some tests; several globs are separated by semicolons
 * --strict     also the texts of errors, by the config's ErrorMap
 * --disabled   runs what the config disables as well
 * --verbose    the runner's own report, as it comes
 * --missing    reports tests that need what is not implemented as failed, and what that is
 * --cold       a process for each test, instead of some that stay
 * --node PATH  another Node for the shim; `node26` is the one that the tests use as well
 * --workers N  how many tests run at once
 * --timeout T  how long the runner waits for the shim, for example 5s; 15s unless said
 */
const values = readOptions(import.meta.url, {
  runner: { type: 'string' },
  only: { type: 'string' },
  strict: { type: 'boolean', default: false },
  disabled: { type: 'boolean', default: false },
  verbose: { type: 'boolean', default: false },
  missing: { type: 'boolean', default: false },
  cold: { type: 'boolean', default: false },
  node: { type: 'string', default: process.execPath },
  workers: { type: 'string', default: String(4 * availableParallelism()) },
  timeout: { type: 'string', default: '15s' },
})
if (values.runner === undefined) {
  console.error('npm run bogo -- --runner PATH [--only GLOB] [--strict] [--disabled] [--verbose]')
  process.exit(2)
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const only = values.only?.split(';')
const names = (await readFile(here('tls13-tests.txt'), 'utf8')).split('\n').filter((line) => line !== '')
const chosen = names.filter((name) => only === undefined || only.some((glob) => globMatches(glob, name)))
if (chosen.length === 0) {
  console.error(`no test of tls13-tests.txt is called ${values.only}`)
  process.exit(2)
}
const config = JSON.parse(await readFile(here('config.json'), 'utf8')) as { DisabledTests: Record<string, string> }
const isDisabled = (name: string): boolean =>
  !values.disabled && Object.keys(config.DisabledTests).some((glob) => globMatches(glob, name))

const shim = await startShim({
  workers: values.cold ? 0 : availableParallelism(),
  tellsMissing: values.missing,
  node: nodeOf(values.node),
})
const directory = await mkdtemp(join(tmpdir(), 'webtls-bogo-'))
const output = join(directory, 'results.json')
try {
  await run(resolve(values.runner), [
    ...['-shim-path', shim.path, '-handshaker-path', shim.path, '-shim-config', here('config.json')],
    ...['-pipe', '-allow-unimplemented', '-json-output', output, '-test', chosen.join(';')],
    ...['-num-workers', values.workers, '-idle-timeout', values.timeout],
    ...(values.strict ? [] : ['-loose-errors']),
    ...(values.disabled ? ['-include-disabled'] : []),
  ])
  const results = JSON.parse(await readFile(output, 'utf8')) as { tests: Record<string, { actual: string }> }
  const count = (actual: string) => Object.values(results.tests).filter((test) => test.actual === actual).length
  const failed = Object.entries(results.tests).filter(([, { actual }]) => actual === 'FAIL')
  for (const [name] of failed) console.log(`failed: ${name}`)
  const disabled = chosen.filter(isDisabled).length
  console.log(`passed ${count('PASS')}, failed ${failed.length}, unimplemented ${count('SKIP')}, disabled ${disabled}`)
  if (shim.crashes() > 0) console.log(`${shim.crashes()} workers crashed`)
  process.exitCode = failed.length > 0 || shim.crashes() > 0 ? 1 : 0
} finally {
  await Promise.all([shim.stop(), rm(directory, { recursive: true, force: true })])
}

function nodeOf(node: string): string {
  if (node !== 'node26') return resolve(node)
  const path = installRuntime('node26')
  if (path === undefined) throw new Error('Node 26 from npm could not be installed, or does not run here')
  return path
}

/** What the runner thinks of it all is in its JSON; its exit code says no more. */
async function run(runner: string, args: readonly string[]): Promise<void> {
  const child = spawn(runner, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      if (values.verbose) process.stdout.write(chunk)
    })
  }
  await new Promise<void>((done, reject) => {
    child.once('error', reject)
    child.once('close', () => done())
  })
}

/** The runner's globs, as in its `-test` and its config: `*` and `?`. */
function globMatches(glob: string, name: string): boolean {
  const pattern = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${pattern}$`).test(name)
}
