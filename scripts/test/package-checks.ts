import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { runCheck } from './check.js'
import { projectFolder } from './run-command.js'
import { failedCheck, passedCheck, type StepResult } from './step.js'

const packFolder = join(projectFolder, 'node_modules/.cache/pack')

/** Packs what would be published; the checks below, and the consumer's, work on that tarball. */
export async function packTarball(): Promise<StepResult> {
  rmSync(packFolder, { recursive: true, force: true })
  mkdirSync(packFolder, { recursive: true })
  // the step before has built dist: nothing is built twice
  const { status, stderr } = spawnSync('npm', ['pack', '--ignore-scripts', '--pack-destination', packFolder], {
    cwd: projectFolder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  return status === 0 ? passedCheck : failedCheck(`npm pack: ${stderr}`)
}

export function checkWithPublint(): Promise<StepResult> {
  return runCheck('publint', ['run', tarballPath(), '--strict'])
}

export function checkTypesOfPackage(): Promise<StepResult> {
  return runCheck('attw', [tarballPath(), '--profile', 'esm-only', '--no-emoji'])
}

export function tarballPath(): string {
  const [name] = readdirSync(packFolder)
  if (name === undefined) throw new Error(`${packFolder} holds no tarball: the step "pack" has not run`)
  return join(packFolder, name)
}
