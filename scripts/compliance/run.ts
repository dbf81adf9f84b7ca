/**
 * `npm run compliance`: holds the citations in code and tests against the catalogue of an RFC's requirements, writes a
 * report and ends with how many are met (docs/compliance.md).
 *
 *   npm run compliance -- --out DIR     where the report goes; default node_modules/.cache/compliance
 *   npm run compliance -- --open        also list what is not met below MUST
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { readOptions } from '../read-options.js'
import { projectFolder } from '../test/run-command.js'
import { isSettled, judgeRequirements } from './judge-requirements.js'
import { readCatalogue } from './read-catalogue.js'
import { readCitations } from './read-citations.js'
import { reportPage } from './report-page.js'
import { summaryLine, summaryTable } from './summary.js'

const values = readOptions(import.meta.url, { out: { type: 'string' }, open: { type: 'boolean', default: false } })

const catalogue = readCatalogue(join(projectFolder, 'compliance/rfc9846'))
const cited = readCitations(projectFolder, 'rfc9846')
const { requirements, faults } = judgeRequirements(catalogue.sections, cited.citations)

const out = resolve(values.out ?? join(projectFolder, 'node_modules/.cache/compliance'))
const page = join(out, 'rfc9846.html')
mkdirSync(out, { recursive: true })
writeFileSync(page, reportPage(requirements, relative(out, projectFolder).replaceAll('\\', '/')))

if (values.open) {
  for (const { requirement, status } of requirements) {
    if (!isSettled(status)) console.log(`${requirement.id} (${requirement.level}, ${status}): ${requirement.text}`)
  }
}
const all = [...catalogue.faults, ...cited.faults, ...faults]
for (const fault of all) console.error(fault)
console.log(`${summaryTable(requirements)}\n\n${page}\n`)
console.log(summaryLine(requirements))
process.exitCode = all.length > 0 ? 1 : 0
