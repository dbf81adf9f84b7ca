import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectFolder } from './run-command.js'
import { failedCheck, passedCheck, type StepResult } from './step.js'

const floorFile = 'test-unit/coverage-floor.json'
const metrics = ['statements', 'branches', 'functions', 'lines'] as const

type Coverage = Readonly<Record<(typeof metrics)[number], number>>

/**
 * Coverage may not fall below the floor, and the floor may not fall below any it had before: each commit that changed
 * it is asked. (In a copy without history, the part about the past has nothing to look at.)
 */
export function checkCoverageFloor(): StepResult {
  const floor = JSON.parse(readFileSync(join(projectFolder, floorFile), 'utf8')) as Coverage
  const failures: string[] = []

  for (const { commit, coverage } of pastFloors()) {
    for (const metric of metrics) {
      if (floor[metric] >= coverage[metric]) continue
      failures.push(`${floorFile}: ${metric} is ${floor[metric]}, but was ${coverage[metric]} in ${commit}`)
    }
  }

  const reached = readCoverage()
  if (reached === undefined) return failedCheck(...failures, 'the unit tests left no coverage/coverage-summary.json')
  for (const metric of metrics) {
    if (reached[metric] >= floor[metric]) continue
    failures.push(`${metric} covered: ${reached[metric]} %, the floor is ${floor[metric]} %`)
  }
  if (failures.length > 0) return failedCheck(...failures)

  const rise = metrics.filter((metric) => reached[metric] >= floor[metric] + 2)
  const figures = metrics.map((metric) => `${metric} ${reached[metric]} %`).join(', ')
  const advice = rise.length > 0 ? `; the floor of ${rise.join(', ')} can be raised` : ''
  return { ...passedCheck, notes: [`${figures}${advice}`] }
}

function readCoverage(): Coverage | undefined {
  try {
    const summary = JSON.parse(readFileSync(join(projectFolder, 'coverage/coverage-summary.json'), 'utf8')) as {
      total: Record<keyof Coverage, { pct: number }>
    }
    const { statements, branches, functions, lines } = summary.total
    return { statements: statements.pct, branches: branches.pct, functions: functions.pct, lines: lines.pct }
  } catch {
    return undefined
  }
}

function pastFloors(): readonly { commit: string; coverage: Coverage }[] {
  const commits = git('log', '--format=%h', '--', floorFile)?.split('\n').filter(Boolean) ?? []
  return commits.flatMap((commit) => {
    const text = git('show', `${commit}:${floorFile}`)
    return text === undefined ? [] : [{ commit, coverage: JSON.parse(text) as Coverage }]
  })
}

function git(...args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync('git', args, { cwd: projectFolder, encoding: 'utf8' })
  return status === 0 ? stdout : undefined
}
