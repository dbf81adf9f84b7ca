import type { Identity } from '../certificates/identity/identity.js'
import type { TrustAnchors } from '../certificates/trust-anchors.js'
import { cipherSuites } from '../crypto/cipher-suites.js'
import { digest, sha256 } from '../crypto/hash.js'
import type { CryptoProvider } from '../crypto/provider.js'
import type { ClientPsk } from '../handshake/client/client-psk.js'
import { type HandshakeResult, maxAuthenticationSeconds } from '../handshake/handshake-result.js'
import type { ReceivedChain } from '../handshake/received-chain.js'
import type { ReceivedTicket } from '../handshake/received-ticket.js'
import type { VerifiedPeer } from '../handshake/verified-peer.js'
import type { ResolvedPsk } from '../session/external-psk.js'
import type { ClientSession, SessionStore } from '../session/session-store.js'
import { asBytes, type Bytes, concatBytes, equalBytes, toHex } from '../wire/bytes.js'
import type { ResolvedPolicy } from './resolve-policy.js'

/** A client's sessions: what it offers, and what it keeps of the tickets that come. */
export interface ClientSessions {
  offerPsks(): Promise<readonly ClientPsk[]>
  readonly keepTicket: ((ticket: ReceivedTicket) => Promise<void>) | undefined
}

/** External PSKs are offered alone: not every server (s2n-tls) takes both kinds at once. */
export function externalSessions(psks: readonly ResolvedPsk[]): ClientSessions {
  //= rfc9846#section-4.3.11 4.3.11-1
  const offered = psks.map((psk) => ({ ...psk, session: undefined, obfuscatedTicketAge: () => 0 }))
  return { offerPsks: async () => offered, keepTicket: undefined }
}

export function storedSessions(
  provider: CryptoProvider,
  store: SessionStore,
  key: string,
  policy: ResolvedPolicy,
  verifyServer: (chain: ReceivedChain) => Promise<VerifiedPeer>,
): ClientSessions {
  let putsUnderWay = 0
  /** Resumption is a convenience: a store that fails or hangs costs sessions, and never a connection. */
  const put = async (session: ClientSession): Promise<void> => {
    if (putsUnderWay >= maxPutsUnderWay) return
    putsUnderWay++
    try {
      await store.put(key, session)
    } catch {
      // not kept
    } finally {
      putsUnderWay--
    }
  }
  return {
    async offerPsks() {
      try {
        //= rfc9846#section-C.4 C.4-1
        //= rfc9846#section-4.7.1 4.7.1-2 4.7.1-4
        const session = await inTime(store.take(key))
        const psk = session && (await usablePsk(provider, session, policy, verifyServer))
        return psk ? [psk] : []
      } catch {
        // the store fails, or gave what is no session: a full handshake needs neither
        return []
      }
    },
    async keepTicket({ ticket, secret, ticketAgeAdd, lifetimeSeconds, maxEarlyDataSize, result }) {
      // without a certificate (an external PSK) there would be nothing to judge the server by later
      if (lifetimeSeconds === 0 || result.peerCertificates.length === 0) return
      if (ticket.length > maxTicketLength) return
      // not waited for: what comes behind the ticket must not wait for a store
      void put({
        ticket: ticket.slice(),
        secret,
        cipherSuite: result.suite.name,
        ticketAgeAdd,
        lifetimeSeconds,
        receivedAt: provider.now(),
        authenticatedAt: result.authenticatedAt,
        maxEarlyDataSize,
        alpnProtocol: result.alpnProtocol,
        serverCertificates: neededCertificates(result).map((der) => der.slice()),
      })
    },
  }
}

/** What a chain was judged by: a peer may send any number of certificates beside it. */
export function neededCertificates({ peerCertificates, verifiedPath }: HandshakeResult): readonly Bytes[] {
  const sent = peerCertificates.map(({ der }) => asBytes(der))
  const path = verifiedPath.map(({ der }) => asBytes(der))
  return sent.filter((der, index) => index === 0 || path.some((each) => equalBytes(each, der)))
}

/** What a store gives, if it does so soon: it stands between the application and its connection. */
async function inTime<T>(given: T | Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), maxTakeMilliseconds)
  })
  try {
    return await Promise.race([given, late])
  } finally {
    clearTimeout(timer)
  }
}

/** A session that still lives, whose suite is still allowed and whose server is still trusted. */
async function usablePsk(
  provider: CryptoProvider,
  session: ClientSession,
  policy: ResolvedPolicy,
  verifyServer: (chain: ReceivedChain) => Promise<VerifiedPeer>,
): Promise<ClientPsk | undefined> {
  const suite = cipherSuites.find(({ name }) => name === session.cipherSuite)
  const age = () => provider.now() - session.receivedAt
  if (!isSession(session) || session.ticket.length > maxTicketLength) return undefined
  //= rfc9846#section-4.2.2 4.2.2-13
  //= rfc9846#section-4.7.1 4.7.1-6
  if (!suite || !policy.cipherSuites.includes(suite)) return undefined
  if (session.secret.length !== suite.hash.length) return undefined
  // RFC 9846 section 4.7.1: never longer than seven days, whatever the server said
  //= rfc9846#section-4.3.11.1 4.3.11.1-1
  //= rfc9846#section-4.7.1 4.7.1-13 4.7.1-14
  if (age() < 0 || age() >= Math.min(session.lifetimeSeconds, maxLifetimeSeconds) * 1000) return undefined
  // nor the whole row of sessions without a new proof
  //= rfc9846#section-4.7.1 4.7.1-21
  const sinceProof = provider.now() - session.authenticatedAt
  if (sinceProof < 0 || sinceProof >= maxAuthenticationSeconds * 1000) return undefined
  let peer: VerifiedPeer
  try {
    // the certificate may have expired since, or the rules may have changed
    //= rfc9846#section-4.7.1 4.7.1-7
    peer = await verifyServer(withoutStaple(session.serverCertificates.map(asBytes)))
  } catch {
    return undefined
  }
  const { alpnProtocol, maxEarlyDataSize, authenticatedAt } = session
  return {
    identity: asBytes(session.ticket),
    key: asBytes(session.secret),
    hash: suite.hash,
    kind: 'res binder',
    // section 4.3.11.1: modulo 2^32; the clock may have been put back since the age was judged
    obfuscatedTicketAge: () => (Math.max(0, Math.floor(age())) + session.ticketAgeAdd) % 2 ** 32,
    session: { suite, alpnProtocol, maxEarlyDataSize, authenticatedAt, peer },
  }
}

/** What comes from outside may be of another version, or damaged. */
function isSession(session: ClientSession): boolean {
  const { ticketAgeAdd, lifetimeSeconds, receivedAt, authenticatedAt, maxEarlyDataSize, alpnProtocol } = session
  return (
    [session.ticket, session.secret, ...session.serverCertificates].every((each) => each instanceof Uint8Array) &&
    session.ticket.length > 0 &&
    session.serverCertificates.length > 0 &&
    [ticketAgeAdd, lifetimeSeconds, receivedAt, authenticatedAt, maxEarlyDataSize].every(Number.isFinite) &&
    [ticketAgeAdd, maxEarlyDataSize].every((each) => Number.isInteger(each) && each >= 0 && each < 2 ** 32) &&
    (alpnProtocol === undefined || typeof alpnProtocol === 'string')
  )
}

/** The staple was judged when it came. */
export const withoutStaple = (certificates: readonly Bytes[]): ReceivedChain => ({
  certificates,
  ocspResponse: undefined,
  signedCertificateTimestamps: [],
})

const maxLifetimeSeconds = 604_800
/** In bytes: it comes back in a ClientHello, of which many servers take 16 KiB to 64 KiB at most. */
const maxTicketLength = 2 ** 14
const maxTakeMilliseconds = 1000
/** A store that hangs must not fill the memory. */
const maxPutsUnderWay = 16

/**
 * What a session is bound to: name, protocols, policy, trust and the client's own certificates. A client that differs in
 * one never sees it.
 * @param owner where the client's own certificates are not known beforehand
 */
export async function sessionKey(
  provider: CryptoProvider,
  serverName: string,
  alpnProtocols: readonly string[],
  policy: ResolvedPolicy,
  trustAnchors: TrustAnchors,
  identities: readonly Identity[],
  owner: string | undefined,
): Promise<string> {
  const anchors = await Promise.all(
    trustAnchors.anchors.map(async ({ subject, subjectPublicKeyInfo }) =>
      toHex(await digest(provider, sha256, concatBytes(subject.der, subjectPublicKeyInfo))),
    ),
  )
  const own = await Promise.all(
    identities.map(async ({ leaf }) => toHex(await digest(provider, sha256, asBytes(leaf.der)))),
  )
  const bound = JSON.stringify([
    //= rfc9846#section-4.7.1 4.7.1-8
    //= rfc9846#section-4.3.11 4.3.11-5
    //= rfc9846#section-C.4 C.4-4
    serverName.toLowerCase(),
    alpnProtocols,
    policy.cipherSuites.map(({ name }) => name),
    policy.groups.map(({ name }) => name),
    policy.signatureSchemes.map(({ name }) => name),
    anchors.sort(),
    // a server takes whoever resumes for the client that it knew: never for another one
    own,
    ...(owner === undefined ? [] : [owner]),
  ])
  return toHex(await digest(provider, sha256, new TextEncoder().encode(bound)))
}
