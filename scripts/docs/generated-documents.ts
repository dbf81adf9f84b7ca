import { errorTable } from './error-table.js'
import { policyTable } from './policy-table.js'

interface GeneratedDocument {
  readonly file: URL
  readonly table: () => string
}

const document = (name: string, table: () => string): GeneratedDocument => ({
  file: new URL(`../../docs/${name}`, import.meta.url),
  table,
})

/** Documents with a table between two comments, which is made from the source. */
export const generatedDocuments: readonly GeneratedDocument[] = [
  document('errors.md', errorTable),
  document('security-policies.md', policyTable),
]

const end = '<!-- end of what is made -->'

/** The document with its table replaced. */
export function withTable(text: string, table: string, command = 'npm run docs:make'): string {
  const start = `<!-- made by ${command} -->`
  const from = text.indexOf(start)
  const to = text.indexOf(end)
  if (from < 0 || to < from) throw new Error(`a document lacks ${start} and ${end}`)
  return `${text.slice(0, from)}${start}\n\n${table}\n\n${text.slice(to)}`
}
