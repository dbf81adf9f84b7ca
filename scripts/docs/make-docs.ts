/** `npm run docs:make`: writes the tables of docs/ that are made from the source. */
import { readFileSync, writeFileSync } from 'node:fs'
import { generatedDocuments, withTable } from './generated-documents.js'

for (const { file, table } of generatedDocuments) {
  writeFileSync(file, withTable(readFileSync(file, 'utf8'), table()))
  console.log(file.pathname)
}
