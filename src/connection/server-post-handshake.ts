import { TlsError } from '../errors/tls-error.js'
import { CertificateRequests } from '../handshake/post-handshake/request-certificate.js'
import type { ServerParameters } from '../handshake/server/server-parameters.js'
import type { Established, PostHandshake } from './connection-settings.js'

/** What a client may send after the handshake beside KeyUpdate: the answer to a certificate_request. */
export function serverPostHandshake(parameters: () => Promise<ServerParameters>) {
  return ({ channel, result, keyUpdates }: Established): PostHandshake => {
    let requests: CertificateRequests | undefined
    return {
      async receive(name, bytes) {
        if (!requests) throw new TlsError('unexpected_message', `${name} after the handshake`)
        await requests.receive(name, bytes, keyUpdates.readSecret)
      },
      interrupted() {
        if (requests?.isWithinAnswer) {
          throw new TlsError('unexpected_message', "something stands within the client's answer (section 4.7.2)")
        }
      },
      async requestClientCertificate() {
        const known = await parameters()
        // no await between: of two that are asked for at once, the second must not replace what the first waits in
        requests ??= new CertificateRequests(channel, known, result)
        // the write side may have ended in the meantime
        if (keyUpdates.isEnded) throw new TlsError('invalid_state', 'the write side has ended')
        return await requests.request()
      },
    }
  }
}
