import type { StepResult } from './step.js'

export interface FinishedStep {
  readonly title: string
  readonly result: StepResult
  readonly seconds: number
}

/** The table of all steps and, as the last line, their sum. */
export function printSummary(steps: readonly FinishedStep[]): void {
  const width = Math.max(...steps.map((step) => step.title.length), 4)
  console.log(`\n${'step'.padEnd(width)}  passed  failed  skipped  seconds`)
  for (const { title, result, seconds } of steps) {
    const numbers = [
      String(result.passed).padStart(6),
      String(result.failed).padStart(6),
      String(result.skipped).padStart(7),
      seconds.toFixed(1).padStart(7),
    ]
    console.log(`${title.padEnd(width)}  ${numbers.join('  ')}`)
    for (const note of result.notes) console.log(`${' '.repeat(width)}  ${note}`)
  }
  const sum = total(steps)
  console.log(`\n${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`)
}

export function total(steps: readonly FinishedStep[]): Omit<StepResult, 'notes'> {
  const sum = (count: (result: StepResult) => number) => steps.reduce((all, step) => all + count(step.result), 0)
  return { passed: sum((r) => r.passed), failed: sum((r) => r.failed), skipped: sum((r) => r.skipped) }
}
