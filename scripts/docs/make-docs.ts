/** `npm run docs:make`: writes the tables of docs/ that are made from the source. */
import { readFileSync, writeFileSync } from 'node:fs'
import { apiDocument, apiReference } from './api-reference.js'
import { generatedDocuments, withTable } from './generated-documents.js'

for (const { file, table } of [...generatedDocuments, { file: apiDocument, table: apiReference }]) {
  writeFileSync(file, withTable(readFileSync(file, 'utf8'), table()))
  console.log(file.pathname)
}
