/**
 * `npm run roots:make`: writes src/certificates/roots/root-data.ts from the roots bundled with npm's newest `node`
 * package, which are Mozilla's, and from root-metadata.ts beside this file.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ParsedCertificate } from '../../src/certificates/parsed-certificate.js'
import { parsePemCertificates } from '../../src/certificates/pem.js'
import { concatBytes } from '../../src/wire/bytes.js'
import { derContext, derContextPrimitive, derGeneralizedTime, derSequence } from '../../src/wire/der/der-writer.js'
import { rootMetadata } from './root-metadata.js'

const target = new URL('../../src/certificates/roots/root-data.ts', import.meta.url)
const { version, roots } = bundledRoots()
const now = new Date()
const notes: string[] = []
const records = roots
  .flatMap(parsePemCertificates)
  .map((der) => ({ certificate: ParsedCertificate.parse(der), sha256: createHash('sha256').update(der).digest('hex') }))
  .filter(({ certificate, sha256 }) => {
    const reason = rootMetadata[sha256]?.isRemoved ? 'removed by Mozilla' : certificate.notAfter < now ? 'expired' : ''
    if (reason !== '') notes.push(`left out (${reason}): ${certificate.subject}`)
    return reason === ''
  })
  .sort((a, b) => (a.certificate.subject < b.certificate.subject ? -1 : 1))
  .map(({ certificate, sha256 }) => record(certificate, rootMetadata[sha256]?.distrustAfter))

const base64 = Buffer.from(concatBytes(...records)).toString('base64')
writeFileSync(
  target,
  `/** Written by scripts/roots/make-roots.ts, not by hand. Mozilla's roots for servers as Node ${version} bundles them. */
export const rootsDate = '${now.toISOString().slice(0, 10)}'
export const rootsSource = 'Node ${version}'
export const rootsCount = ${records.length}

/** RootRecord after RootRecord (read-roots.ts), base64. */
export const rootsBase64 =
  '${base64}'
`,
)
console.log([...notes, `${records.length} roots of Node ${version}, ${base64.length} characters`].join('\n'))

/** RootRecord of read-roots.ts. */
function record(certificate: ParsedCertificate, distrustAfter: string | undefined) {
  const { subject, subjectPublicKeyInfo, extensions } = certificate.fields
  const { subjectKeyIdentifier } = certificate.known
  const constraints = extensions.byOid.get('2.5.29.30')?.value
  return derSequence(
    subject.der,
    subjectPublicKeyInfo,
    derGeneralizedTime(certificate.notAfter),
    ...(subjectKeyIdentifier ? [derContextPrimitive(0, subjectKeyIdentifier)] : []),
    ...(constraints ? [derContext(1, constraints)] : []),
    ...(distrustAfter ? [derContext(2, derGeneralizedTime(new Date(distrustAfter)))] : []),
  )
}

function bundledRoots(): { version: string; roots: readonly string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'webtls-roots-'))
  try {
    execFileSync('npm', ['install', '--no-save', '--prefix', folder, 'node@latest'], { stdio: 'inherit' })
    const program = 'JSON.stringify({ version: process.version, roots: tls.rootCertificates })'
    const json = execFileSync(join(folder, 'node_modules/.bin/node'), ['-p', program], { maxBuffer: 1 << 24 })
    return JSON.parse(json.toString('utf8')) as { version: string; roots: readonly string[] }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
