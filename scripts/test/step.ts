/** One judge of the project: a check (one test) or a runner (as many as it reports). */
export interface Step {
  /** As given on the command line: `npm test -- lint unit`. */
  readonly name: string
  readonly title: string
  /** Steps without whose success this one has nothing to work on. */
  readonly needs?: readonly string[]
  run(): Promise<StepResult>
}

export interface StepResult {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** What a person should read in the summary: why something was skipped, what failed. */
  readonly notes: readonly string[]
}

export const passedCheck: StepResult = { passed: 1, failed: 0, skipped: 0, notes: [] }

export function failedCheck(...notes: readonly string[]): StepResult {
  return { passed: 0, failed: 1, skipped: 0, notes }
}

/** On CI nothing is missing that could be there: what would be skipped elsewhere fails. */
export function skippedCheck(reason: string): StepResult {
  return process.env.CI ? failedCheck(reason) : { passed: 0, failed: 0, skipped: 1, notes: [reason] }
}
