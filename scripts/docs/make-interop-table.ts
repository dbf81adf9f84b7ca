/** `npm run interop:table`: writes docs/interop.md from the last `npm test -- e2e-peers`. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import {
  emptyCells,
  interopTable,
  markdownTable,
  markdownUserClients,
  userClientTable,
} from '../../test-e2e/peers/interop-table.js'
import { findCommand } from '../install/find-command.js'
import { lastPeersReport } from '../test/peers-step.js'
import { withTable } from './generated-documents.js'

const document = new URL('../../docs/interop.md', import.meta.url)
const lock = readFileSync(new URL('../../test-e2e/peers/Cargo.lock', import.meta.url), 'utf8')

const report = lastPeersReport() ?? { testResults: [] }
const table = interopTable(report)
const empty = emptyCells(table)
if (empty.length > 0) {
  console.error(`run npm test -- e2e-peers\n${empty.join('\n')}`)
  process.exit(1)
}
const versions = [
  `s2n-tls by the crate ${crateVersion('s2n-tls')}`,
  `rustls ${crateVersion('rustls')}`,
  `Go ${firstVersion('go', 'version')}`,
  `OpenSSL ${firstVersion('openssl', 'version')}`,
  `GnuTLS ${firstVersion('gnutls-cli', '--version')}`,
]
const text = [
  `${versions.join(', ')}; Node ${process.versions.node} on our side.`,
  markdownTable(table),
  'As clients of a server on `listen()`, with an authority that they were told to trust:',
  markdownUserClients(userClientTable(report)),
].join('\n\n')
writeFileSync(document, withTable(readFileSync(document, 'utf8'), text, 'npm run interop:table'))
console.log(document.pathname)

function crateVersion(name: string): string {
  return new RegExp(`name = "${name}"\nversion = "([^"]+)"`).exec(lock)?.[1] ?? 'unknown'
}

function firstVersion(command: string, argument: string): string {
  const path = findCommand(command)
  if (path === undefined) return 'unknown'
  return /\d+(\.\d+)+/.exec(execFileSync(path, [argument], { encoding: 'utf8' }))?.[0] ?? 'unknown'
}
