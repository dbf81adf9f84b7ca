import { clientIdentity } from './client-identity.js'
import { type ConnectedPair, connectPairWith } from './connected-pair.js'
import type { PairOptions } from './pairwise.js'
import { testProvider } from './provider.js'
import { type ServerIdentity, serverIdentity, testServerName } from './server-identity.js'

export { gainSession, join } from './connected-pair.js'

/** Our client and our server, joined, with the tests' certificates and cryptography. */
export async function connectPair(options: PairOptions): Promise<ConnectedPair> {
  const server = await serverIdentity(options.keyType)
  const materials = {
    serverName: testServerName,
    trustAnchors: server.ca.pem,
    server: identityOptions(server),
    client: identityOptions(await clientIdentity(options.keyType)),
    provider: testProvider,
  }
  return await connectPairWith(materials, options)
}

export const identityOptions = ({ certificate }: ServerIdentity) => ({
  certificateChain: certificate.chainPem,
  privateKey: certificate.pkcs8Pem,
})
