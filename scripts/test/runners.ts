import { readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type CommandOptions, projectFolder, runCommand } from './run-command.js'
import type { StepResult } from './step.js'

export interface RunnerOptions extends CommandOptions {
  /** Tells this run's report from others'. */
  readonly name: string
  /** The Node binary; by default the one that runs this. */
  readonly node?: string
}

export async function runVitest(args: readonly string[], options: RunnerOptions): Promise<StepResult> {
  const report = reportPath(options.name)
  const outcome = await runCommand(
    options.node ?? process.execPath,
    [
      join(projectFolder, 'node_modules/vitest/vitest.mjs'),
      ...['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args],
    ],
    options,
  )
  const counts = readReport<VitestReport>(report)
  return judge(outcome, {
    passed: counts?.numPassedTests ?? 0,
    failed: counts?.numFailedTests ?? 0,
    skipped: (counts?.numPendingTests ?? 0) + (counts?.numTodoTests ?? 0),
    notes: skippedInFiles(counts),
  })
}

export async function runPlaywright(args: readonly string[], options: RunnerOptions): Promise<StepResult> {
  const report = reportPath(options.name)
  const outcome = await runCommand(
    process.execPath,
    [join(projectFolder, 'node_modules/@playwright/test/cli.js'), 'test', '--reporter=list,json', ...args],
    { ...options, env: { ...options.env, PLAYWRIGHT_JSON_OUTPUT_NAME: report } },
  )
  const { stats, suites = [] } = readReport<PlaywrightReport>(report) ?? {}
  return judge(outcome, {
    passed: stats?.expected ?? 0,
    // a test that passes only when tried again has failed
    failed: (stats?.unexpected ?? 0) + (stats?.flaky ?? 0),
    skipped: stats?.skipped ?? 0,
    notes: skippedForReasons(suites),
  })
}

/** Vitest's report has no reasons; the tests print them. */
function skippedInFiles(report: VitestReport | undefined): readonly string[] {
  return (report?.testResults ?? []).flatMap(({ name, assertionResults }) => {
    const count = assertionResults.filter(({ status }) => status === 'skipped' || status === 'pending').length
    return count === 0 ? [] : [`skipped: ${count} in ${relative(projectFolder, name)}`]
  })
}

function skippedForReasons(suites: readonly PlaywrightSuite[]): readonly string[] {
  const counts = new Map<string, number>()
  const visit = (suite: PlaywrightSuite) => {
    for (const test of suite.specs?.flatMap(({ tests }) => tests) ?? []) {
      if (test.status !== 'skipped') continue
      const reason = test.annotations.find(({ type }) => type === 'skip')?.description ?? 'no reason given'
      counts.set(reason, (counts.get(reason) ?? 0) + 1)
    }
    suite.suites?.forEach(visit)
  }
  suites.forEach(visit)
  return [...counts].map(([reason, count]) => `skipped: ${count}, ${reason}`)
}

interface VitestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly { readonly status: string }[]
  }[]
}

interface PlaywrightReport {
  readonly stats: {
    readonly expected: number
    readonly unexpected: number
    readonly flaky: number
    readonly skipped: number
  }
  readonly suites: readonly PlaywrightSuite[]
}

interface PlaywrightSuite {
  readonly suites?: readonly PlaywrightSuite[]
  readonly specs?: readonly {
    readonly tests: readonly {
      readonly status: string
      readonly annotations: readonly { readonly type: string; readonly description?: string }[]
    }[]
  }[]
}

/** A runner that fails without a failed test (an unhandled rejection, a file that does not load) is one failure. */
function judge(outcome: number | string, counts: StepResult): StepResult {
  if (counts.failed > 0) return counts
  if (outcome !== 0) {
    const what = typeof outcome === 'number' ? `exit code ${outcome}` : outcome
    return { ...counts, failed: 1, notes: [...counts.notes, `the runner failed without a failed test: ${what}`] }
  }
  if (counts.passed + counts.skipped === 0) return { ...counts, failed: 1, notes: ['the runner found no test'] }
  return counts
}

/** Where a runner leaves its report. */
export function reportFile(name: string): string {
  return join(projectFolder, 'node_modules/.cache/test-reports', `${name}.json`)
}

function reportPath(name: string): string {
  const path = reportFile(name)
  // an old report must not speak for a run that wrote none
  rmSync(path, { force: true })
  return path
}

function readReport<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T
  } catch {
    return undefined
  }
}
