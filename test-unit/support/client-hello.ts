import { makeVerifyData } from '../../src/crypto/finished.js'
import type { KeyOffer } from '../../src/crypto/groups/group.js'
import { groupByCodePoint } from '../../src/crypto/groups/groups.js'
import { EarlyStage } from '../../src/crypto/key-schedule.js'
import type { Transcript } from '../../src/crypto/transcript.js'
import { withoutBinders } from '../../src/handshake/binders.js'
import {
  CipherSuite,
  type CipherSuiteName,
  NamedGroup,
  type NamedGroupName,
  PskKeyExchangeMode,
  SignatureScheme,
} from '../../src/messages/code-points.js'
import { applicationLayerProtocolNegotiation as alpn } from '../../src/messages/extensions/application-layer-protocol-negotiation.js'
import { cookie } from '../../src/messages/extensions/cookie.js'
import { earlyData } from '../../src/messages/extensions/early-data.js'
import { type Extension, makeExtension } from '../../src/messages/extensions/extension.js'
import { keyShare } from '../../src/messages/extensions/key-share.js'
import { preSharedKey } from '../../src/messages/extensions/pre-shared-key.js'
import { pskKeyExchangeModes } from '../../src/messages/extensions/psk-key-exchange-modes.js'
import { serverName } from '../../src/messages/extensions/server-name.js'
import { signatureAlgorithms } from '../../src/messages/extensions/signature-algorithms.js'
import { supportedGroups } from '../../src/messages/extensions/supported-groups.js'
import { supportedVersions } from '../../src/messages/extensions/supported-versions.js'
import { encodeMessage } from '../../src/messages/handshake-message.js'
import { type Bytes, concatBytes, equalBytes } from '../../src/wire/bytes.js'
import type { ClientBodies, ClientScript, OfferedPsk } from './client-script.js'
import { testProvider } from './provider.js'
import { required } from './scripted-server.js'
import { testServerName } from './server-identity.js'

type Hello = ClientBodies['client_hello']

export async function offerShares(names: readonly NamedGroupName[]): Promise<Map<NamedGroupName, KeyOffer>> {
  const offers = names.map(async (name) => {
    const group = required(groupByCodePoint.get(NamedGroup[name]))
    return [name, await group.offer(testProvider)] as const
  })
  return new Map(await Promise.all(offers))
}

/** An honest ClientHello as the script wants it; its binders are still to be made. */
export function clientHelloOf(
  script: ClientScript,
  random: Bytes,
  offers: ReadonlyMap<NamedGroupName, KeyOffer>,
  isSecond: boolean,
  sentCookie?: Bytes,
): Hello {
  const { serverName: name = testServerName, alpnProtocols, psks, groups = defaultGroups } = script
  const shares = [...offers].map(([group, { keyShare }]) => ({ group: NamedGroup[group], keyExchange: keyShare }))
  const text = new TextEncoder()
  const extensions: Extension[] = [
    ...(name === null ? [] : [makeExtension(serverName, serverName.clientHello, name)]),
    makeExtension(supportedVersions, supportedVersions.clientHello, [0x0304]),
    makeExtension(
      supportedGroups,
      supportedGroups.clientHello,
      groups.map((group) => NamedGroup[group]),
    ),
    makeExtension(signatureAlgorithms, signatureAlgorithms.clientHello, Object.values(SignatureScheme)),
    makeExtension(keyShare, keyShare.clientHello, shares),
    makeExtension(
      pskKeyExchangeModes,
      pskKeyExchangeModes.clientHello,
      script.pskModes ?? [PskKeyExchangeMode.psk_dhe_ke],
    ),
    ...(alpnProtocols
      ? [
          makeExtension(
            alpn,
            alpn.clientHello,
            alpnProtocols.map((each) => text.encode(each)),
          ),
        ]
      : []),
    ...(sentCookie ? [makeExtension(cookie, cookie.clientHello, sentCookie)] : []),
    ...(script.earlyData && !isSecond ? [makeExtension(earlyData, earlyData.clientHello, true)] : []),
    ...(psks && psks.length > 0 ? [pskExtension(psks)] : []),
  ]
  const suites = script.suites ?? (Object.keys(CipherSuite) as CipherSuiteName[])
  return {
    legacyVersion: 0x0303,
    random,
    legacySessionId: script.sessionId ?? new Uint8Array(32).fill(7),
    cipherSuites: suites.map((suite) => CipherSuite[suite]),
    legacyCompressionMethods: [0],
    extensions,
  }
}

const defaultGroups: readonly NamedGroupName[] = ['x25519', 'secp256r1', 'secp384r1']

function pskExtension(psks: NonNullable<ClientScript['psks']>): Extension {
  return makeExtension(preSharedKey, preSharedKey.clientHello, {
    identities: psks.map(({ identity, obfuscatedTicketAge }) => ({ identity, obfuscatedTicketAge })),
    binders: psks.map(({ hash }) => new Uint8Array(hash.length)),
  })
}

/** Makes the binders of a ClientHello whose last extension is pre_shared_key: RFC 9846 section 4.3.11.2. */
export async function bindPsks(body: Hello, { psks = [], binder }: ClientScript, before: Transcript): Promise<Hello> {
  if (psks.length === 0 || body.extensions.at(-1)?.type !== preSharedKey.type) return body
  const blanks = psks.map(({ hash }) => new Uint8Array(hash.length))
  const signed = before.with(withoutBinders(encodeMessage('client_hello', body), blanks))
  const binders = await Promise.all(
    psks.map(async ({ hash, key, kind }, index) => {
      const early = await EarlyStage.create(testProvider, hash, key)
      const digest = await signed.digest(testProvider, hash)
      const honest = await makeVerifyData(testProvider, await early.binderKey(kind), digest)
      return binder?.(honest, index) ?? honest
    }),
  )
  const identities = psks.map(({ identity, obfuscatedTicketAge }) => ({ identity, obfuscatedTicketAge }))
  const bound = makeExtension(preSharedKey, preSharedKey.clientHello, { identities, binders })
  return { ...body, extensions: [...body.extensions.slice(0, -1), bound] }
}

/**
 * A ClientHello that was changed after its binder was made, with a binder that fits it again; where the change touched
 * the binder itself, or what stands behind it, it stays as it is.
 */
export async function rebind(honest: Bytes, changed: Bytes, psk: OfferedPsk, before: Transcript): Promise<Bytes> {
  const { hash, key, kind } = psk
  // the list's length, the binder's and the binder
  const tail = hash.length + 3
  if (!equalBytes(honest.slice(-tail), changed.slice(-tail))) return changed
  const early = await EarlyStage.create(testProvider, hash, key)
  const digest = await before.with(changed.subarray(0, changed.length - tail)).digest(testProvider, hash)
  const binder = await makeVerifyData(testProvider, await early.binderKey(kind), digest)
  return concatBytes(changed.subarray(0, changed.length - hash.length), binder)
}
