import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tarballPath } from './package-checks.js'
import { projectFolder, runBinary, runCommand } from './run-command.js'
import { failedCheck, type StepResult } from './step.js'

/**
 * A project of its own that installs the tarball as a user would: every entry point must load in plain Node, and the
 * published types must hold for a strict TypeScript program, those of the browser's entry points without Node's types.
 */
export async function checkAsConsumer(): Promise<StepResult> {
  const folder = mkdtempSync(join(tmpdir(), 'webtls-consumer-'))
  try {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
    if (!install(folder)) return failedCheck('npm could not install the tarball')
    const results = [
      ...(await Promise.all(entryPoints().map(async (entry) => importsInNode(folder, entry)))),
      await compiles(folder, entryPoints().filter(runsInBrowser), []),
      await compiles(folder, entryPoints(), ['node']),
    ]
    const failures = results.filter((result) => result !== undefined)
    return { passed: results.length - failures.length, failed: failures.length, skipped: 0, notes: failures }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function install(folder: string): boolean {
  const nodeTypes = `@types/node@${readVersion('@types/node')}`
  for (let attempt = 1; attempt <= 3; attempt++) {
    const { status, stderr } = spawnSync(
      'npm',
      ['install', '--no-audit', '--no-fund', '--prefer-offline', tarballPath(), nodeTypes],
      { cwd: folder, encoding: 'utf8', shell: process.platform === 'win32' },
    )
    if (status === 0) return true
    console.log(stderr)
  }
  return false
}

async function importsInNode(folder: string, entry: string): Promise<string | undefined> {
  const program = `const names = Object.keys(await import(${JSON.stringify(entry)})); console.log(${JSON.stringify(entry)}, names.join(' '))`
  const outcome = await runCommand(process.execPath, ['--input-type=module', '--eval', program], { cwd: folder })
  return outcome === 0 ? undefined : `import '${entry}' fails in Node: ${outcome}`
}

async function compiles(
  folder: string,
  entries: readonly string[],
  types: readonly string[],
): Promise<string | undefined> {
  const program = entries.map((entry, index) => `export * as entry${index} from '${entry}'`).join('\n')
  const config = {
    compilerOptions: {
      target: 'ES2022',
      module: 'NodeNext',
      lib: ['ES2022', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'],
      types,
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noEmit: true,
      // a dependency's types are not ours to judge, but ours must hold
      skipLibCheck: false,
    },
    files: ['consumer.ts'],
  }
  writeFileSync(join(folder, 'consumer.ts'), `${program}\n`)
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const outcome = await runBinary('tsc', ['-p', folder])
  const what = types.length === 0 ? "without Node's types" : "with Node's types"
  return outcome === 0 ? undefined : `the published types do not compile ${what}: ${outcome}`
}

/** As the package's exports name them. */
function entryPoints(): readonly string[] {
  const manifest = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as {
    name: string
    exports: Record<string, unknown>
  }
  return Object.keys(manifest.exports)
    .filter((path) => !path.endsWith('.json'))
    .map((path) => manifest.name + path.slice(1))
}

function runsInBrowser(entry: string): boolean {
  return !nodeOnly.some((name) => entry.endsWith(`/${name}`))
}

function readVersion(name: string): string {
  const path = join(projectFolder, 'node_modules', name, 'package.json')
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
}

const nodeOnly = ['relay', 'node']
