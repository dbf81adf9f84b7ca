import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findCommand } from './find-command.js'

/** The protocol's own implementations, as peers for tests. They go into a cache folder and are no dependencies. */
const versions = {
  'wisp-js': '0.5.0',
  'wisp-python': '0.9.0',
} as const

/** The folder of npm's `@mercuryworkshop/wisp-js`, a client and a server; `undefined` when it cannot be had here. */
export function installWispJs(): string | undefined {
  const prefix = prefixOf('wisp-js')
  const library = join(prefix, 'node_modules/@mercuryworkshop/wisp-js')
  const options = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts']
  return installed(join(library, 'package.json'), prefix, 'npm', [
    ...['install', '--prefix', prefix, ...options],
    `@mercuryworkshop/wisp-js@${versions['wisp-js']}`,
  ])
    ? library
    : undefined
}

/** The folder to put on PYTHONPATH for PyPI's `wisp-python`, a server; `undefined` when it cannot be had here. */
export function installWispPython(): string | undefined {
  const prefix = prefixOf('wisp-python')
  if (findCommand('python3') === undefined) return undefined
  return installed(join(prefix, 'wisp/server/__main__.py'), prefix, 'python3', [
    ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', prefix],
    `wisp-python==${versions['wisp-python']}`,
  ])
    ? prefix
    : undefined
}

function installed(file: string, prefix: string, command: string, args: readonly string[]): boolean {
  if (existsSync(file)) return true
  if (process.env.WEBTLS_NO_INSTALL !== undefined) return false
  mkdirSync(prefix, { recursive: true })
  spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], shell: process.platform === 'win32' })
  return existsSync(file)
}

function prefixOf(name: keyof typeof versions): string {
  return fileURLToPath(new URL(`../../node_modules/.cache/clients/${name}-${versions[name]}`, import.meta.url))
}
