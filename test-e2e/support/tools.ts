import { spawnSync } from 'node:child_process'
import { findCommand } from '../../scripts/install/find-command.js'

/**
 * Why a test that uses these commands cannot run, or false: for `skip`. On CI, where the install step has brought
 * them, one that is missing is a failure.
 */
export function missingTool(...commands: readonly string[]): string | false {
  const missing = commands.filter((command) => !isThere(command))
  if (missing.length === 0) return false
  const reason = `not installed: ${missing.join(', ')}`
  if (process.env.CI) throw new Error(reason)
  console.warn(`skipped, because ${reason}`)
  return reason
}

function isThere(command: string): boolean {
  const path = findCommand(command)
  if (path === undefined || command !== 'openssl') return path !== undefined
  // LibreSSL has the same name and other options
  const { stdout } = spawnSync(path, ['version'], { encoding: 'utf8' })
  return /^OpenSSL [3-9]/.test(stdout)
}
