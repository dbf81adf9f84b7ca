import { findCommand } from '../../scripts/install/find-command.js'

/**
 * Why a test that uses these commands cannot run, or false: for `skip`. On CI, where the install step has brought
 * them, one that is missing is a failure.
 */
export function missingTool(...commands: readonly string[]): string | false {
  const missing = commands.filter((command) => findCommand(command) === undefined)
  if (missing.length === 0) return false
  const reason = `not installed: ${missing.join(', ')}`
  if (process.env.CI) throw new Error(reason)
  console.warn(`skipped, because ${reason}`)
  return reason
}
