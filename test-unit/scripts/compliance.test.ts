import { describe, expect, it } from 'vitest'
import { judgeRequirements } from '../../scripts/compliance/judge-requirements.js'
import { checkCatalogue, readCatalogue } from '../../scripts/compliance/read-catalogue.js'
import { citationsIn } from '../../scripts/compliance/read-citations.js'
import { reportPage } from '../../scripts/compliance/report-page.js'
import type { Citation, Requirement, Section } from '../../scripts/compliance/requirement.js'
import { summaryLine, summaryTable } from '../../scripts/compliance/summary.js'

/** So that the tool does not take these for citations. */
const mark = ['//', '='].join('')

const requirement = (number: number, changes: Partial<Requirement> = {}): Requirement => ({
  id: `4.3.8-${number}`,
  level: 'MUST',
  role: 'client',
  text: `what ${number} asks for`,
  ...changes,
})

const sectionOf = (...requirements: readonly Requirement[]): Section => ({
  section: '4.3.8',
  title: 'Key Share',
  requirements,
})

const cited = (id: string, kind: Citation['kind']): Citation => ({
  id,
  kind,
  file: 'src/a.ts',
  line: 3,
  code: 'call()',
})
const both = (id: string) => [cited(id, 'implementation'), cited(id, 'test')]

describe('a citation', () => {
  const read = (text: string, file = 'src/a.ts') => citationsIn(file, text, 'rfc9846')

  it('names one or several requirements of a section, above the line that meets them', () => {
    const text = `a()\n  ${mark} rfc9846#section-4.3.8 4.3.8-3 4.3.8-4\n  ${mark} rfc9846#section-E.5 E.5-1\n  b()\n`
    const { citations, faults } = read(text)
    expect(faults).toEqual([])
    expect(citations.map(({ id, line, code, kind }) => [id, line, code, kind])).toEqual([
      ['4.3.8-3', 2, 'b()', 'implementation'],
      ['4.3.8-4', 2, 'b()', 'implementation'],
      ['E.5-1', 3, 'b()', 'implementation'],
    ])
  })

  it.each([
    ['test-unit/a.test.ts', 'test'],
    ['test-e2e/node/a.test.ts', 'test'],
    ['src/a.ts', 'implementation'],
  ])('in %s is one of %s', (file, kind) => {
    expect(read(`${mark} rfc9846#section-5 5-1\nx()`, file).citations[0]?.kind).toBe(kind)
  })

  it.each([
    ['without an id', 'rfc9846#section-5', /malformed/],
    ['without a section', 'rfc9846 5-1', /malformed/],
    ['with words behind it', 'rfc9846#section-5 5-1 and more', /malformed/],
    ['of another RFC', 'rfc8446#section-5 5-1', /no catalogue of rfc8446/],
    ['with the id of another section', 'rfc9846#section-5 5.1-1', /5\.1-1 is not of section 5/],
  ])('%s is refused', (_what, text, fault) => {
    const { citations, faults } = read(`${mark} ${text}\nx()`)
    expect(citations).toEqual([])
    expect(faults).toEqual([expect.stringMatching(fault)])
  })

  it('is refused behind code, and with nothing below it', () => {
    expect(read(`x() ${mark} rfc9846#section-5 5-1`).faults).toEqual([expect.stringMatching(/line of its own/)])
    expect(read(`${mark} rfc9846#section-5 5-1\n\nx()`).faults).toEqual([expect.stringMatching(/nothing below/)])
  })
})

describe('the catalogue', () => {
  it.each([
    ['an id of another section', requirement(1, { id: '4.3.9-1' }), /4\.3\.9-1 is no id of section 4\.3\.8/],
    ['an id without a number', requirement(1, { id: '4.3.8-x' }), /no id of section/],
    ['a level that is none', requirement(1, { level: 'WILL' as 'MUST' }), /no level WILL/],
    ['a role that is none', requirement(1, { role: 'bystander' as 'client' }), /no role bystander/],
    ['no text', requirement(1, { text: ' ' }), /says nothing/],
    ['an exception without a reason', requirement(1, { exception: '' }), /without a reason/],
  ])('with %s is refused', (_what, wrong, fault) => {
    expect(checkCatalogue([sectionOf(wrong)])).toEqual([expect.stringMatching(fault)])
  })

  it('with an id twice is refused', () => {
    expect(checkCatalogue([sectionOf(requirement(1), requirement(1))])).toEqual([expect.stringMatching(/twice/)])
  })

  it('of RFC 9846 is sound, and says all in words of its own', () => {
    const { sections, faults } = readCatalogue('compliance/rfc9846')
    expect(faults).toEqual([])
    const texts = sections.flatMap(({ requirements }) => requirements.map(({ text }) => text))
    expect(texts.length).toBeGreaterThan(450)
    // keywords stand in `level`, and sentences of the RFC have them
    expect(texts.filter((text) => /\b(MUST|SHOULD|SHALL|MAY|REQUIRED|RECOMMENDED)\b/.test(text))).toEqual([])
  })
})

describe('a requirement', () => {
  const statusOf = (one: Requirement, ...citations: readonly Citation[]) =>
    judgeRequirements([sectionOf(one)], citations).requirements[0]?.status

  it('is met when code and test are cited', () => {
    expect(statusOf(requirement(1), ...both('4.3.8-1'))).toBe('met')
    expect(statusOf(requirement(1), cited('4.3.8-1', 'implementation'))).toBe('untested')
    expect(statusOf(requirement(1), cited('4.3.8-1', 'test'))).toBe('unimplemented')
    expect(statusOf(requirement(1))).toBe('missing')
  })

  it('may have an exception, or bind others', () => {
    expect(statusOf(requirement(1, { exception: 'not offered' }))).toBe('exception')
    expect(statusOf(requirement(1, { role: 'application' }))).toBe('others')
  })

  it.each([
    ['a MUST that is missing', requirement(1), [], /neither code nor test/],
    [
      'a MUST NOT without a test',
      requirement(1, { level: 'MUST NOT' }),
      [cited('4.3.8-1', 'implementation')],
      /no test/,
    ],
    ['a MUST without code', requirement(1), [cited('4.3.8-1', 'test')], /no implementation/],
    ['an id that nobody knows', requirement(1, { level: 'MAY' }), [cited('4.3.8-9', 'test')], /not in the catalogue/],
    ['a citation of an exception', requirement(1, { exception: 'so' }), [cited('4.3.8-1', 'test')], /has an exception/],
    ['a citation of what binds others', requirement(1, { role: 'middlebox' }), both('4.3.8-1'), /does not bind/],
  ] as const)('is a fault: %s', (_what, one, citations, fault) => {
    const { faults } = judgeRequirements([sectionOf(one)], citations)
    expect(faults.length).toBeGreaterThan(0)
    for (const each of faults) expect(each).toMatch(fault)
  })

  it('is no fault as a SHOULD or a MAY that is open', () => {
    const open = [requirement(1, { level: 'SHOULD' }), requirement(2, { level: 'MAY' })]
    expect(judgeRequirements([sectionOf(...open)], []).faults).toEqual([])
  })
})

describe('the report', () => {
  const requirements = [
    requirement(1),
    requirement(2, { level: 'MUST NOT', text: 'nothing with < or &' }),
    requirement(3, { exception: 'not offered' }),
    requirement(4, { level: 'SHOULD' }),
    requirement(5, { level: 'MAY', role: 'application' }),
  ]
  const judged = judgeRequirements([sectionOf(...requirements)], both('4.3.8-1')).requirements

  it('counts what is met of what binds the library and has no exception', () => {
    expect(summaryLine(judged)).toBe('MUST 1 of 2, SHOULD 0 of 1, MAY 0 of 0')
    expect(summaryTable(judged).split('\n')[1]?.trim().split(/\s+/)).toEqual([
      'MUST',
      '3',
      '1',
      '1',
      '0',
      '0',
      '0',
      '1',
    ])
  })

  it('has each requirement, with links to the lines, and loads nothing', () => {
    const page = reportPage(judged, '../..')
    for (const { id } of requirements) expect(page).toContain(`id="${id}"`)
    expect(page).toContain('href="../../src/a.ts#L3"')
    expect(page).toContain('nothing with &lt; or &amp;')
    expect(page).not.toMatch(/<(script|link|img)[^>]*(src|href)=/)
  })
})
