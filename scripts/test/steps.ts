import { findChromium } from '../../test-e2e/browsers/find-browser.js'
import { installDebianPackages } from '../install/debian-packages.js'
import { installRuntime } from '../install/runtimes.js'
import { check, checkScript } from './check.js'
import { checkAsConsumer } from './consumer-check.js'
import { checkCoverageFloor } from './coverage-floor.js'
import { checkTypesOfPackage, checkWithPublint, packTarball } from './package-checks.js'
import { runPeersEndToEnd } from './peers-step.js'
import { runBinary } from './run-command.js'
import { runPlaywright, runVitest } from './runners.js'
import { type Step, type StepResult, skippedCheck } from './step.js'

/** Every judge of the project, in the order in which they run: the quick ones first. */
export const steps: readonly Step[] = [
  { name: 'install', title: 'tools for the tests', run: installTools },
  check('lint', 'format and lint', ['biome', 'check', '--error-on-warnings', '.']),
  check('typecheck', 'types', ['tsc', '--noEmit']),
  check('layers', 'layers import downwards', ['depcruise', '--config', '.dependency-cruiser.cjs', 'src']),
  checkScript('compliance', 'RFC 9846, requirement by requirement', 'compliance'),
  { name: 'unit', title: 'unit tests', run: () => runVitest(['--coverage'], { name: 'unit' }) },
  { name: 'coverage', title: 'coverage floor', needs: ['unit'], run: async () => checkCoverageFloor() },
  { name: 'unit-node26', title: 'unit tests, Node 26', run: runUnitTestsOnNode26 },
  { name: 'unit-node-provider', title: 'unit tests, nodeProvider', run: runUnitTestsOnNodeProvider },
  { name: 'unit-peculiar', title: 'unit tests, @peculiar/webcrypto', run: runUnitTestsOnPeculiar },
  checkScript('roots-age', "age of Mozilla's roots", 'roots:age'),
  checkScript('build', 'build of the library', 'build'),
  checkScript('build-demo', 'build of the demo', 'build:demo'),
  { name: 'pack', title: 'npm pack', needs: ['build'], run: packTarball },
  { name: 'publint', title: 'publint', needs: ['pack'], run: checkWithPublint },
  { name: 'attw', title: 'are the types wrong', needs: ['pack'], run: checkTypesOfPackage },
  { name: 'consumer', title: 'package as installed', needs: ['pack'], run: checkAsConsumer },
  { name: 'e2e-node', title: 'end to end, Node', run: runNodeEndToEnd },
  { name: 'e2e-peers', title: 'end to end, other stacks', run: runPeersEndToEnd },
  { name: 'e2e-cli', title: 'end to end, command line', run: runCommandLineEndToEnd },
  { name: 'e2e-runtimes', title: 'end to end, Deno, Bun and workerd', needs: ['build'], run: runRuntimesEndToEnd },
  { name: 'e2e-browser', title: 'end to end, browsers', run: runBrowserEndToEnd },
]

async function installTools(): Promise<StepResult> {
  const { installed, missing, failure } = await installDebianPackages()
  const notes: string[] = []
  if (findChromium() === undefined && process.env.WEBTLS_NO_INSTALL === undefined) {
    // downloads a browser build; where it cannot, the tests say what to do
    await runBinary('playwright', ['install', 'chromium'])
  }
  if (installed.length > 0) notes.push(`installed ${installed.join(' ')}`)
  if (missing.length > 0) notes.push(`not here: ${missing.join(', ')}; the tests that use them are skipped`)
  const failed = failure === undefined ? 0 : 1
  return { passed: 0, failed, skipped: 0, notes: failure === undefined ? notes : [...notes, failure] }
}

async function runUnitTestsOnNode26(): Promise<StepResult> {
  const node = installRuntime('node26')
  if (node === undefined) return skippedCheck('Node 26 from npm could not be installed, or does not run here')
  return runVitest([], { name: 'unit-node26', node })
}

/** What has nothing to do with cryptography is the same with every provider. */
const foldersOfConnections = ['connection', 'crypto', 'handshake', 'record', 'session']

function runUnitTestsOnNodeProvider(): Promise<StepResult> {
  const folders = foldersOfConnections.map((folder) => `test-unit/${folder}/`)
  return runVitest(folders, { name: 'unit-node-provider', env: { WEBTLS_TEST_PROVIDER: 'node' } })
}

function runUnitTestsOnPeculiar(): Promise<StepResult> {
  const folders = [...foldersOfConnections, 'certificates', 'inspect', 'policy', 'transports']
  return runVitest(
    folders.map((folder) => `test-unit/${folder}/`),
    { name: 'unit-peculiar', env: { WEBTLS_TEST_PROVIDER: 'peculiar' } },
  )
}

function runNodeEndToEnd(): Promise<StepResult> {
  return runVitest(['--config', 'test-e2e/vitest.config.ts', '--project', 'node'], { name: 'e2e-node' })
}

function runCommandLineEndToEnd(): Promise<StepResult> {
  return runVitest(['--config', 'test-e2e/vitest.config.ts', '--project', 'cli'], { name: 'e2e-cli' })
}

function runRuntimesEndToEnd(): Promise<StepResult> {
  for (const runtime of ['deno', 'bun', 'workerd'] as const) installRuntime(runtime)
  return runVitest(['--config', 'test-e2e/vitest.config.ts', '--project', 'runtimes'], { name: 'e2e-runtimes' })
}

function runBrowserEndToEnd(): Promise<StepResult> {
  return runPlaywright([], { name: 'e2e-browser' })
}
