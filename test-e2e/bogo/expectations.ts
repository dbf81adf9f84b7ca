import { readFileSync } from 'node:fs'
import { parsePemCertificates } from '../../src/certificates/pem.js'
import type { ClientHelloInfo } from '../../src/connection/client-hello-info.js'
import type { TlsSocketInfo } from '../../src/connection/tls-socket.js'
import { CipherSuite, NamedGroup, nameOf, SignatureScheme } from '../../src/messages/code-points.js'
import type { ClientSession } from '../../src/session/session-store.js'
import { equalBytes } from '../../src/wire/bytes.js'
import type { Credentials } from './credentials.js'
import { ShimFailure } from './exchange.js'
import type { ShimFlags } from './flags.js'

function expect<T>(what: string, actual: T, wanted: T): void {
  if (actual !== wanted) throw new ShimFailure(`${what}: got ${String(actual)}, expected ${String(wanted)}`)
}

/** What the runner expects of a handshake that succeeded. */
export function checkHandshake(
  info: TlsSocketInfo,
  { values, on }: ShimFlags,
  { isResumption, credentials }: { readonly isResumption: boolean; readonly credentials: Credentials },
): void {
  expect('resumed', info.resumed, isResumption && !on.has('expect-session-miss'))
  if (values['expect-version'] !== undefined) expect('version', 0x0304, values['expect-version'])
  const server = on.has('server')
  expect('ALPN', info.alpnProtocol ?? '', (server ? selectedAlpn({ values, on }) : values['expect-alpn']) ?? '')
  if (values['expect-server-name']) expect('server name', info.serverName, values['expect-server-name'])
  if (on.has('expect-no-server-name')) expect('server name', info.serverName, undefined)
  if (on.has('expect-hrr')) expect('HelloRetryRequest', info.helloRetried, true)
  if (on.has('expect-no-hrr')) expect('HelloRetryRequest', info.helloRetried, false)
  if (on.has('expect-accept-early-data')) expect('early data', info.earlyData, 'accepted')
  if (on.has('expect-reject-early-data') && server) expect('early data', info.earlyData === 'accepted', false)
  const curve = values['expect-curve-id']
  if (curve) expect('group', info.group, nameOf(NamedGroup, curve))
  const scheme = values['expect-peer-signature-algorithm']
  // a resumed session has no signature, and nothing is told of the first one's
  if (scheme && !info.resumed) expect('signature scheme', info.signatureScheme, nameOf(SignatureScheme, scheme))
  const cipher = values['expect-cipher'] ?? values['expect-cipher-aes']
  if (cipher) expect('cipher suite', info.cipherSuite, nameOf(CipherSuite, cipher & 0xffff))
  const credential = values['expect-selected-credential']
  // which of the PSKs it was is not told
  if (credential !== undefined && !info.resumed && credentials.psks.length === 0) {
    expect('credential', credentials.used() ?? -1, credential)
  }
  checkPeerCertificates(info, { values, on }, credentials)
}

const selectedAlpn = ({ values, on }: Pick<ShimFlags, 'values' | 'on'>): string | undefined =>
  on.has('decline-alpn') ? undefined : values['select-alpn'] || undefined

function checkPeerCertificates(
  { peerCertificates }: TlsSocketInfo,
  { values, on }: Pick<ShimFlags, 'values' | 'on'>,
  { psks }: Credentials,
): void {
  const file = values['expect-peer-cert-file']
  if (file) {
    const expected = parsePemCertificates(readFileSync(file, 'utf8'))
    const isSame =
      expected.length === peerCertificates.length &&
      expected.every((der, index) => equalBytes(der, peerCertificates[index]?.der ?? new Uint8Array()))
    if (!isSame) throw new ShimFailure('the peer sent another chain than expected')
  }
  if (on.has('expect-no-peer-cert')) expect('peer certificates', peerCertificates.length, 0)
  else if (psks.length === 0 && (!on.has('server') || on.has('require-any-client-certificate'))) {
    if (peerCertificates.length === 0) throw new ShimFailure('the peer has no certificate')
  }
}

/** What it expects of a ClientHello, in a server. */
export function checkClientHello({ serverName, alpnProtocols }: ClientHelloInfo, { values, on }: ShimFlags): void {
  if (on.has('expect-no-server-name')) expect('server name', serverName, undefined)
  if (values['expect-server-name']) expect('server name', serverName, values['expect-server-name'])
  const advertised = values['expect-advertised-alpn']
  if (advertised !== undefined) {
    expect('offered ALPN', alpnProtocols.map((name) => String.fromCharCode(name.length) + name).join(''), advertised)
  }
}

/** A client has a session at the end, unless the test says otherwise. */
export function checkNewSession(session: ClientSession | undefined, { on, credentials }: ShimFlags): void {
  // the runner's own shim reads nothing when it is the first to end; here tickets are read anyhow
  if (on.has('server') || on.has('shim-shuts-down')) return
  // sessions that an external PSK began are not kept
  if (credentials.some(({ kind }) => kind === 'psk')) return
  expect('new session', session !== undefined, !on.has('expect-no-session'))
  if (!session) return
  expect('0-RTT in the ticket', session.maxEarlyDataSize > 0, on.has('expect-ticket-supports-early-data'))
}
