import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { apiDocument, apiReference, readApi } from '../../scripts/docs/api-reference.js'
import { withTable } from '../../scripts/docs/generated-documents.js'

/** The compiler reads the whole source once. */
const timeout = 120_000

describe('docs/api.md', () => {
  const text = readFileSync(apiDocument, 'utf8')

  it('is as npm run docs:make would write it', { timeout }, () => {
    expect(withTable(text, apiReference()) === text, 'run npm run docs:make').toBe(true)
  })

  it('has every export of every entry point', { timeout }, () => {
    const sections = new Map(
      text.split(/^## /m).map((section) => [section.split('\n')[0] ?? '', section.match(/^### .*$/gm) ?? []]),
    )
    for (const { name, exports } of readApi().entryPoints) {
      expect(sections.get(`\`${name}\``)).toEqual(exports.map((each) => `### ${each.name}`))
    }
  })

  it('says of every function and class what it is for', { timeout }, () => {
    const { entryPoints, checker } = readApi()
    const silent = entryPoints
      .flatMap(({ exports }) => exports)
      .filter(({ kind, symbol }) => kind !== 'type' && symbol.getDocumentationComment(checker).length === 0)
      .map(({ name }) => name)
    expect(silent).toEqual([])
  })
})
