import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** aws-crt: s2n-tls with AWS-LC as an HTTP client for Node, with its binaries in the package. No dependency of ours. */
const version = '1.33.2'
const prefix = fileURLToPath(new URL(`../../node_modules/.cache/clients/aws-crt-${version}`, import.meta.url))
const library = join(prefix, 'node_modules/aws-crt')

/** The folder of the package, installed if need be; `undefined` when it cannot be had here. */
export function installS2nClient(): string | undefined {
  if (existsSync(join(library, 'package.json'))) return library
  if (process.env.WEBTLS_NO_INSTALL !== undefined) return undefined
  mkdirSync(prefix, { recursive: true })
  const options = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts']
  spawnSync('npm', ['install', '--prefix', prefix, ...options, `aws-crt@${version}`], {
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  })
  return existsSync(join(library, 'package.json')) ? library : undefined
}
