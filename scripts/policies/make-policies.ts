/**
 * `npm run policies:make -- <s2n-security-policies.json>`: writes src/policy/s2n-policies.ts from a dump of s2n-tls's
 * security policies.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { type S2nPolicyDump, s2nPolicyTable } from './s2n-policy-table.js'

const [file] = process.argv.slice(2)
if (file === undefined) throw new Error('which file? npm run policies:make -- <s2n-security-policies.json>')
const table = s2nPolicyTable(JSON.parse(readFileSync(file, 'utf8')) as S2nPolicyDump)
writeFileSync(new URL('../../src/policy/s2n-policies.ts', import.meta.url), table.source)
console.log(`${table.policies} policies, ${table.source.length} characters`)
