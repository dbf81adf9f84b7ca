/**
 * `npm run pkits -- [DIR]`: NIST's PKITS (csrc.nist.gov/projects/pki-testing), whose DIR, `../PKITS` when none is given,
 * has `certs` and `crls`. Each end entity is judged with all the other certificates as the bag, all CRLs, and the
 * default inputs of its name: `Valid...` must be accepted, `Invalid...` refused.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { answerHelp } from '../../scripts/read-options.js'
import { RevocationList } from '../../src/certificates/revocation/revocation-list.js'
import { TrustAnchors } from '../../src/certificates/trust-anchors.js'
import { verifyPeerChain } from '../../src/certificates/verify-peer-chain.js'
import { platformProvider } from '../../src/crypto/provider.js'
import { TlsError } from '../../src/errors/tls-error.js'
import type { Bytes } from '../../src/wire/bytes.js'

answerHelp(import.meta.url)
const directory = process.argv[2] ?? fileURLToPath(new URL('../../../PKITS', import.meta.url))
if (!existsSync(join(directory, 'certs'))) {
  console.error(`pkits: there is no ${directory}/certs; give the directory: npm run pkits -- DIR`)
  process.exit(2)
}

const read = (folder: string): [string, Bytes][] =>
  readdirSync(join(directory, folder)).map((name) => [
    name,
    new Uint8Array(readFileSync(join(directory, folder, name))),
  ])
const certificates = read('certs')
const entities = certificates.filter(([name]) => /^(?:Valid|Invalid).*EE\.crt$/.test(name))
const bag = certificates
  .filter(([name]) => /(?:Cert|CA)\.crt$/i.test(name) && !/EE\.crt$/.test(name))
  .map(([, der]) => der)
const anchor = certificates.find(([name]) => name.startsWith('TrustAnchorRoot'))?.[1] ?? new Uint8Array(0)
const lists = read('crls').flatMap(([, der]) => {
  try {
    return [RevocationList.parse(der)]
  } catch (error) {
    if (error instanceof TlsError) return []
    throw error
  }
})

const counts = { ok: 0, 'falsely accepted': 0, 'falsely rejected': 0 }
for (const [name, leaf] of entities) {
  const reason = await verifyPeerChain([leaf, ...bag], {
    purpose: 'clientAuth',
    serverName: undefined,
    keyUsage: [],
    trustAnchors: TrustAnchors.from(anchor),
    time: new Date(),
    provider: platformProvider,
    crls: { lists, require: 'path' },
    limits: { certificates: 1000 },
  }).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof TlsError) return error.message
      throw error
    },
  )
  const isValid = name.startsWith('Valid')
  if ((reason === undefined) === isValid) counts.ok++
  else {
    counts[isValid ? 'falsely rejected' : 'falsely accepted']++
    console.log(`${isValid ? 'falsely rejected' : 'falsely accepted'}: ${name}${reason ? `: ${reason}` : ''}`)
  }
}
console.log(
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', '),
)
