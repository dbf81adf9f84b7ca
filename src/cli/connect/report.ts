import { formatPem } from '../../certificates/pem.js'
import type { TlsSocketInfo } from '../../connection/tls-socket.js'
import { certificateJson, chainLines } from '../show-certificate.js'

/** How the connection was made, for people. */
export async function reportLines(info: TlsSocketInfo, { pem }: { readonly pem: boolean }): Promise<readonly string[]> {
  const lines = [`${info.protocol}, ${info.cipherSuite}, ${info.group ?? 'no key exchange (psk_ke)'}`]
  lines.push(
    info.signatureScheme ? `signed    ${info.signatureScheme}` : 'signed    not: a pre-shared key is the proof',
  )
  lines.push(`ALPN      ${info.alpnProtocol ?? 'none'}`)
  const facts = [
    info.resumed ? 'resumed session' : 'new session',
    ...(info.helloRetried ? ['after a HelloRetryRequest'] : []),
    ...(info.earlyData === 'none' ? [] : [`early data ${info.earlyData}`]),
  ]
  lines.push(`session   ${facts.join(', ')}`)
  lines.push(`time      ${(info.times.finished - info.times.started).toFixed(1)} ms with the transport`)
  if (info.peerCertificates.length > 0) {
    const whose = info.resumed ? 'chain, of the handshake that began the session:' : 'chain, as the server sent it:'
    lines.push(whose, ...(await chainLines(info.peerCertificates)))
    const anchor = info.verifiedPath.at(-1)
    if (anchor)
      lines.push(`trusted   through "${anchor.subject}", ${info.verifiedPath.length} certificates in the path`)
  }
  if (pem) lines.push(...info.peerCertificates.map(({ der }) => formatPem('CERTIFICATE', der).trimEnd()))
  return lines
}

/** The same for programs. */
export async function reportJson(info: TlsSocketInfo) {
  const { times, peerCertificates, verifiedPath, ...rest } = info
  return {
    event: 'opened',
    ...rest,
    handshakeMilliseconds: times.finished - times.started,
    peerCertificates: await Promise.all(peerCertificates.map(certificateJson)),
    verifiedPath: verifiedPath.map(({ subject }) => subject),
  }
}
