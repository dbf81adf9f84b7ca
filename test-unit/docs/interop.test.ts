import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { emptyCells, interopTable, markdownTable } from '../../test-e2e/peers/interop-table.js'

const report = (...tests: readonly (readonly [titles: string, title: string, status: string])[]) => ({
  testResults: [
    {
      assertionResults: tests.map(([titles, title, status]) => ({
        ancestorTitles: titles.split(' > '),
        title,
        status,
      })),
    },
  ],
})

const cellsOf = (table: ReturnType<typeof interopTable>, title: string) =>
  table.rows.find((row) => row.title === title)?.cells

describe('the table of other stacks', () => {
  it('counts a cell of the matrix for its suite, its group and its certificate', () => {
    const matrix = 'Go > as client > cipher suites, groups and certificates > ed25519'
    const table = interopTable(
      report(
        [matrix, 'TLS_AES_128_GCM_SHA256, x25519, ed25519', 'passed'],
        [matrix, 'TLS_AES_128_GCM_SHA256, secp256r1, ed25519', 'failed'],
      ),
    )
    expect(cellsOf(table, 'TLS_AES_128_GCM_SHA256')?.[5]).toBe('1 of 2')
    expect(cellsOf(table, 'x25519')?.[5]).toBe('1')
    expect(cellsOf(table, 'ed25519')?.[5]).toBe('1 of 2')
  })

  it('has a dash and a reason for what a stack does not have', () => {
    const table = interopTable(report())
    const cell = cellsOf(table, 'external PSK')?.[4]
    const number = Number(/^– (\d+)$/.exec(cell ?? '')?.[1])
    expect(table.reasons[number - 1]).toBe('rustls, Go: no external PSKs')
  })

  it('does not take a skipped test for one that was run', () => {
    const table = interopTable(report(['OpenSSL > as server > ALPN', 'its choice is ours', 'skipped']))
    expect(emptyCells(table)).toContain('OpenSSL as server: nothing is known of ALPN')
  })

  it('is in docs/interop.md for the features that are tested now', () => {
    const text = readFileSync(new URL('../../docs/interop.md', import.meta.url), 'utf8')
    const titles = markdownTable(interopTable(report()))
      .split('\n')
      .flatMap((line) => /^\| ([^|]+) \| [^|]/.exec(line)?.[1] ?? [])
    expect(titles.length).toBeGreaterThan(30)
    for (const title of titles)
      expect(text, 'run npm test -- e2e-peers && npm run interop:table').toContain(`| ${title} |`)
  })
})
