import { runBinary, runCommand } from './run-command.js'
import { failedCheck, passedCheck, type Step, type StepResult } from './step.js'

/** A step that is one command of a development dependency and passes when that exits with 0. */
export function check(name: string, title: string, command: readonly [string, ...string[]]): Step {
  const [binary, ...args] = command
  return { name, title, run: () => runCheck(binary, args) }
}

/** The same for a script of package.json. */
export function checkScript(name: string, title: string, script: string): Step {
  return {
    name,
    title,
    run: async () => judge(`npm run ${script}`, await runCommand('npm', ['run', '--silent', script])),
  }
}

export async function runCheck(binary: string, args: readonly string[]): Promise<StepResult> {
  return judge([binary, ...args].join(' '), await runBinary(binary, args))
}

function judge(command: string, outcome: number | string): StepResult {
  if (outcome === 0) return passedCheck
  return failedCheck(`${command}: ${typeof outcome === 'number' ? `exit code ${outcome}` : outcome}`)
}
