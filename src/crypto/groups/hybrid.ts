import { TlsError } from '../../errors/tls-error.js'
import { NamedGroup } from '../../messages/code-points.js'
import { type Bytes, concatBytes } from '../../wire/bytes.js'
import type { CryptoProvider } from '../provider.js'
import type { KeyExchange, KeyExchangeGroup, SharedSecret } from './group.js'
import { rawSecret } from './raw-secret.js'

type HybridName = 'X25519MLKEM768' | 'SecP256r1MLKEM768' | 'SecP384r1MLKEM1024'

/**
 * Two key exchanges as one, secure as long as one of the two is: draft-ietf-tls-ecdhe-mlkem section 4. Shares and
 * secrets are joined in the same order, `first` first.
 */
export function hybridGroup(name: HybridName, first: KeyExchange, second: KeyExchange): KeyExchangeGroup {
  const shareLength = {
    client: first.shareLength.client + second.shareLength.client,
    server: first.shareLength.server + second.shareLength.server,
  }
  return {
    name,
    codePoint: NamedGroup[name],
    shareLength,
    async isAvailable(provider) {
      const parts = await Promise.all([first.isAvailable(provider), second.isAvailable(provider)])
      return parts.every((isAvailable) => isAvailable)
    },
    async offer(provider) {
      // both made afresh, also when a share of the same curve goes out beside this one: RFC 9846 section 4.3.8 has
      // key_exchange values generated independently
      const [a, b] = await Promise.all([first.offer(provider), second.offer(provider)])
      return {
        keyShare: concatBytes(a.keyShare, b.keyShare),
        complete: async (share) =>
          await underName(name, async () => {
            checkLength(share, shareLength.server)
            const at = first.shareLength.server
            return joinSecrets(
              name,
              provider,
              await Promise.all([a.complete(share.slice(0, at)), b.complete(share.slice(at))]),
            )
          }),
      }
    },
    async respond(provider, clientShare) {
      return await underName(name, async () => {
        checkLength(clientShare, shareLength.client)
        const at = first.shareLength.client
        const [a, b] = await Promise.all([
          first.respond(provider, clientShare.slice(0, at)),
          second.respond(provider, clientShare.slice(at)),
        ])
        return {
          keyShare: concatBytes(a.keyShare, b.keyShare),
          sharedSecret: joinSecrets(name, provider, [a.sharedSecret, b.sharedSecret]),
        }
      })
    },
  }
}

/** "The shared secret is the concatenation": section 4.3. */
function joinSecrets(name: HybridName, provider: CryptoProvider, secrets: readonly SharedSecret[]): SharedSecret {
  return rawSecret(provider, async () => {
    const parts = await underName(name, () => Promise.all(secrets.map((secret) => secret.bytes())))
    const joined = concatBytes(...parts)
    for (const part of parts) part.fill(0)
    return joined
  })
}

function checkLength(share: Bytes, length: number): void {
  if (share.length !== length) {
    throw new TlsError('illegal_parameter', `the peer's key share has ${share.length} bytes instead of ${length}`)
  }
}

/** An error of a part says which group it is a part of. */
async function underName<T>(name: HybridName, exchange: () => Promise<T>): Promise<T> {
  try {
    return await exchange()
  } catch (cause) {
    if (!(cause instanceof TlsError)) throw cause
    throw new TlsError(cause.code, `${name}: ${cause.message}`, { cause })
  }
}
