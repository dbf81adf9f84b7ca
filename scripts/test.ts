/**
 * All tests of the project, one after another, and the sum of their results as the last line.
 *
 *   npm test                    everything
 *   npm test -- lint unit       only these steps
 *   npm test -- --list          the steps' names
 */
import { answerHelp, refuseArguments } from './read-options.js'
import { projectFolder } from './test/run-command.js'
import { failedCheck, type Step, type StepResult } from './test/step.js'
import { steps } from './test/steps.js'
import { type FinishedStep, printSummary, total } from './test/summary.js'

answerHelp(import.meta.url)
const args = process.argv.slice(2)
process.chdir(projectFolder)

if (args.includes('--list')) {
  for (const step of steps) console.log(`${step.name.padEnd(16)}${step.title}`)
} else {
  process.exitCode = await runSteps(chooseSteps(args))
}

function chooseSteps(names: readonly string[]): readonly Step[] {
  const unknown = names.filter((name) => !steps.some((step) => step.name === name))
  if (unknown.length > 0) refuseArguments(`no step is called ${unknown.join(', ')}`)
  return names.length === 0 ? steps : steps.filter((step) => names.includes(step.name))
}

async function runSteps(chosen: readonly Step[]): Promise<number> {
  const finished: FinishedStep[] = []
  const failed = new Set<string>()
  for (const step of chosen) {
    console.log(`\n=== ${step.title} (${step.name})`)
    const start = performance.now()
    const blocker = step.needs?.find((name) => failed.has(name))
    const result = blocker === undefined ? await runStep(step) : notRun(blocker)
    if (result.failed > 0 || blocker !== undefined) failed.add(step.name)
    finished.push({ title: step.title, result, seconds: (performance.now() - start) / 1000 })
  }
  printSummary(finished)
  return total(finished).failed > 0 ? 1 : 0
}

async function runStep(step: Step): Promise<StepResult> {
  try {
    return await step.run()
  } catch (error) {
    console.error(error)
    return failedCheck(String(error))
  }
}

/** The failure is counted where it happened. */
function notRun(blocker: string): StepResult {
  return { passed: 0, failed: 0, skipped: 1, notes: [`not run, because ${blocker} failed`] }
}
