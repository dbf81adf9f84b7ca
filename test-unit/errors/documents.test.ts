import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { errorGuide } from '../../scripts/docs/error-guide.js'
import { generatedDocuments, withTable } from '../../scripts/docs/generated-documents.js'
import { errorRules, type TlsErrorCode } from '../../src/errors/codes.js'

describe('documents made from the source', () => {
  it.each(generatedDocuments)('$file.pathname is as npm run docs:make would write it', ({ file, table }) => {
    const text = readFileSync(file, 'utf8')
    expect(withTable(text, table())).toBe(text)
  })
})

interface S2nError {
  readonly name: string
  readonly message: string
}

const listFile = new URL('../../../shared/data/s2n-errors.json', import.meta.url)
const list = existsSync(listFile)
  ? (JSON.parse(readFileSync(listFile, 'utf8')) as Record<string, readonly S2nError[]>)
  : undefined
if (!list) console.warn('skipped: errors against s2n-tls, for there is no ../shared/data/s2n-errors.json')

describe.skipIf(!list)("s2n-tls's list of errors", () => {
  const typeOf = (name: string) =>
    Object.keys(list ?? {}).find((type) => list?.[type]?.some((each) => each.name === name))
  /** Its names of the categories. */
  const types: Readonly<Record<string, string>> = { protocol: 'PROTO' }
  /** Failures that s2n-tls files elsewhere, and why we do not. */
  const elsewhere: Readonly<Partial<Record<TlsErrorCode, readonly string[]>>> = {
    // a chain that the policy does not allow comes from the peer; s2n-tls calls it a use of the wrong policy
    certificate_unsupported: ['S2N_ERR_SECURITY_POLICY_INCOMPATIBLE_CERT'],
    // s2n-tls: the wrong order of calls after the peer went away
    truncated: ['S2N_ERR_SHUTDOWN_CLOSED'],
    // an abort is the caller's doing
    aborted: ['S2N_ERR_CANCELLED'],
    // given by the caller, not by the peer
    invalid_argument: ['S2N_ERR_DECODE_PRIVATE_KEY'],
    unsupported: ['S2N_ERR_UNIMPLEMENTED'],
  }

  it.each(Object.keys(errorGuide) as TlsErrorCode[])('has the names that %s is given, of the same category', (code) => {
    const { category } = errorRules[code]
    for (const name of errorGuide[code].s2n) {
      expect(typeOf(name), name).toBeDefined()
      if (elsewhere[code]?.includes(name)) continue
      expect(typeOf(name), name).toBe(types[category] ?? category.toUpperCase())
    }
  })
})
