import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findCommand } from '../../scripts/install/find-command.js'

export const programNames = ['s2n', 'rustls', 'go'] as const
export type ProgramName = (typeof programNames)[number]

export interface BuiltProgram {
  readonly path: string | undefined
  /** Why there is none. */
  readonly reason: string | undefined
}

/**
 * Builds the program if need be: minutes the first time for s2n and rustls, which share a build of AWS-LC, and no time
 * when nothing has changed. Processes that do it at the same time wait for one another.
 */
export function buildProgram(name: ProgramName): BuiltProgram {
  const known = built.get(name)
  if (known !== undefined) return known
  const program = build(name)
  built.set(name, program)
  return program
}

/** Once in a process. */
const built = new Map<ProgramName, BuiltProgram>()

function build(name: ProgramName): BuiltProgram {
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

const rust = (name: string) => ({
  tool: 'cargo',
  folder: '.',
  args: ['build', '--quiet', '--release', '--locked', '-p', name],
  path: join(cache, 'target/release', `${name}${suffix}`),
})

const goPath = join(cache, `go-peer${suffix}`)

const programs: Readonly<Record<ProgramName, { tool: string; folder: string; args: readonly string[]; path: string }>> =
  {
    s2n: rust('webtls-s2n-peer'),
    rustls: rust('webtls-rustls-peer'),
    go: { tool: 'go', folder: 'go', args: ['build', '-o', goPath, '.'], path: goPath },
  }
