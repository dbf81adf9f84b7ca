import { existsSync, readFileSync } from 'node:fs'
import {
  emptyCells,
  interopTable,
  printedTable,
  printedUserClients,
  type TestReport,
  userClientTable,
} from '../../test-e2e/peers/interop-table.js'
import { buildProgram, programNames } from '../../test-e2e/peers/programs.js'
import { reportFile, runVitest } from './runners.js'
import type { StepResult } from './step.js'

/** Builds the other stacks' programs, runs the matrix, and prints what came of it: stack x feature x role. */
export async function runPeersEndToEnd(): Promise<StepResult> {
  // here, since a test that waits for minutes would be taken for one that hangs; the tests say what is missing
  for (const name of programNames) buildProgram(name)
  const result = await runVitest(['--config', 'test-e2e/vitest.config.ts', '--project', 'peers'], { name: reportName })
  const report = lastPeersReport()
  if (report === undefined) return result
  const table = interopTable(report)
  console.log(`\n${printedTable(table)}\n\n${printedUserClients(userClientTable(report))}\n`)
  // where all were run, each cell must say something
  const empty = result.skipped === 0 && result.failed === 0 ? emptyCells(table) : []
  return { ...result, failed: result.failed + empty.length, notes: [...result.notes, ...empty] }
}

/** Of the last run on this machine. */
export function lastPeersReport(): TestReport | undefined {
  const file = reportFile(reportName)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as TestReport) : undefined
}

const reportName = 'e2e-peers'
