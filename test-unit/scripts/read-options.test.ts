import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { headerComment } from '../../scripts/read-options.js'

const run = (script: string, ...args: string[]) => {
  const path = fileURLToPath(new URL(`../../${script}`, import.meta.url))
  return spawnSync(process.execPath, ['--import', 'tsx', path, ...args], { encoding: 'utf8' })
}

describe.each([
  ['scripts/test.ts', /npm test -- --list/],
  ['test-e2e/bogo/run.ts', /--only GLOB/],
  ['test-e2e/soak/run.ts', /--connections/],
])('%s', (script, option) => {
  it('shows its usage when asked, and ends well', { timeout: 60_000 }, () => {
    const { status, stdout, stderr } = run(script, '--help')
    expect(stdout).toMatch(option)
    expect(stdout).not.toMatch(/^ ?\*/m)
    expect([status, stderr]).toEqual([0, ''])
  })

  it('refuses what it does not know in one line, with 2', { timeout: 60_000 }, () => {
    const { status, stdout, stderr } = run(script, '--no-such-option')
    expect(stderr).toMatch(/^.*--no-such-option.*\n$/)
    expect([status, stdout]).toEqual([2, ''])
  })
})

it('headerComment gives the first comment of documentation without its marks', () => {
  const source = 'import a\n// not this\n/**\n * `npm run x`: what\n *\n *   --one  first\n */\ncode()\n/** second */\n'
  expect(headerComment(source)).toBe('npm run x: what\n\n  --one  first')
  expect(headerComment('/** short */')).toBe('short')
  expect(headerComment('code()')).toBe('')
})
