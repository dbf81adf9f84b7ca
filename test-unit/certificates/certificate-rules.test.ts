import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { certificateRules } from '../../src/certificates/certificate-rules.js'
import { alertName } from '../../src/errors/alert-description.js'
import { errorRules } from '../../src/errors/codes.js'

const document = readFileSync(new URL('../../docs/x509.md', import.meta.url), 'utf8')

it.each(Object.entries(certificateRules))('docs/x509.md says what rule %s means', (rule, { code, section }) => {
  expect(document).toContain(`| \`${rule}\` | \`${code}\` | ${alertName(errorRules[code].alert ?? -1)} | ${section} |`)
})
