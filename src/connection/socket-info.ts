import type { HandshakeResult } from '../handshake/handshake-result.js'
import type { TlsSocketInfo } from './tls-socket.js'

/** What of a handshake's result is for the application: no secret is among it. */
export function socketInfo(result: HandshakeResult): TlsSocketInfo {
  return Object.freeze({
    protocol: 'TLSv1.3',
    cipherSuite: result.suite.name,
    group: result.group,
    signatureScheme: result.signatureScheme,
    alpnProtocol: result.alpnProtocol,
    serverName: result.serverName,
    peerCertificates: result.peerCertificates,
    verifiedPath: result.verifiedPath,
    resumed: result.resumed,
    helloRetried: result.helloRetried,
    earlyData: result.earlyData,
    times: result.times,
  })
}
