import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findCommand } from '../../scripts/install/find-command.js'

export const programNames = ['s2n', 'rustls', 'go'] as const
/** Those of the differential fuzzer: what they do with a connection is to echo. */
export const fuzzProgramNames = ['fuzz-s2n', 'fuzz-rustls', 'fuzz-go'] as const
/** What the benchmark beside s2n-tls measures. */
export type BenchProgramName = 'bench'
export type ProgramName = (typeof programNames)[number]
export type FuzzProgramName = (typeof fuzzProgramNames)[number]

export interface BuiltProgram {
  readonly path: string | undefined
  /** Why there is none. */
  readonly reason: string | undefined
}

/**
 * Builds the program if need be: minutes the first time for s2n and rustls, which share a build of AWS-LC, and no time
 * when nothing has changed. Processes that do it at the same time wait for one another.
 */
export function buildProgram(name: ProgramName | FuzzProgramName | BenchProgramName): BuiltProgram {
  const known = built.get(name)
  if (known !== undefined) return known
  const program = build(name)
  built.set(name, program)
  return program
}

/** Once in a process. */
const built = new Map<ProgramName | FuzzProgramName | BenchProgramName, BuiltProgram>()

function build(name: ProgramName | FuzzProgramName | BenchProgramName): BuiltProgram {
  const { tool, path, args, folder } = programs[name]
  const command = findCommand(tool) ?? userCommands(tool).find(existsSync)
  if (command === undefined) return missing(`${tool} is not installed`)
  if (process.env.WEBTLS_NO_INSTALL !== undefined) {
    return existsSync(path) ? { path, reason: undefined } : missing('WEBTLS_NO_INSTALL keeps it from being built')
  }
  for (let attempt = 1; attempt <= 3; attempt++) {
    // both fetch what they lack, which may fail for a moment
    const { status } = spawnSync(command, args, { cwd: join(here, folder), stdio: ['ignore', 'inherit', 'inherit'] })
    if (status === 0) return { path, reason: undefined }
    console.log(`${tool} could not build the peer ${name}, attempt ${attempt} of 3`)
  }
  return missing(`${tool} could not build it`)
}

function missing(reason: string): BuiltProgram {
  return { path: undefined, reason }
}

/** Where their installers put them, whether or not the PATH has it. */
function userCommands(tool: string): readonly string[] {
  const home = process.env.HOME ?? '/root'
  return [join(home, '.cargo/bin', tool), join('/usr/local/go/bin', tool)]
}

const here = fileURLToPath(new URL('.', import.meta.url))
const cache = fileURLToPath(new URL('../../node_modules/.cache/peers', import.meta.url))
const suffix = process.platform === 'win32' ? '.exe' : ''

const rust = (name: string, binary = name) => ({
  tool: 'cargo',
  folder: '.',
  args: ['build', '--quiet', '--release', '--locked', '-p', name, '--bin', binary],
  path: join(cache, 'target/release', `${binary}${suffix}`),
})

const go = (folder: string, binary: string) => {
  const path = join(cache, `${binary}${suffix}`)
  return { tool: 'go', folder, args: ['build', '-o', path, '.'], path }
}

interface Program {
  readonly tool: string
  readonly folder: string
  readonly args: readonly string[]
  readonly path: string
}

const programs: Readonly<Record<ProgramName | FuzzProgramName | BenchProgramName, Program>> = {
  s2n: rust('webtls-s2n-peer'),
  rustls: rust('webtls-rustls-peer'),
  go: go('go', 'go-peer'),
  'fuzz-s2n': rust('webtls-fuzz-peers', 'fuzz-s2n'),
  'fuzz-rustls': rust('webtls-fuzz-peers', 'fuzz-rustls'),
  'fuzz-go': go('fuzz/go', 'fuzz-go'),
  bench: rust('webtls-bench-native', 'bench-native'),
}
