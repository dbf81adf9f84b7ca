import { NamedGroup, SignatureScheme } from '../../../src/messages/code-points.js'
import { earlyData } from '../../../src/messages/extensions/early-data.js'
import { hasExtension, makeExtension } from '../../../src/messages/extensions/extension.js'
import { serverName } from '../../../src/messages/extensions/server-name.js'
import { signatureAlgorithms, signatureAlgorithmsCert } from '../../../src/messages/extensions/signature-algorithms.js'
import { supportedGroups } from '../../../src/messages/extensions/supported-groups.js'
import { type Bytes, concatBytes } from '../../../src/wire/bytes.js'
import type { ClientScript, OfferedPsk } from '../../../test-unit/support/client-script.js'
import type { HandshakeScript } from '../../../test-unit/support/handshake-script.js'
import { ScriptedClient } from '../../../test-unit/support/scripted-client.js'
import type { ScriptedServer } from '../../../test-unit/support/scripted-server.js'
import type { Bender } from './bender.js'
import type { Identities, KnownPsk } from './bent-peer.js'
import type { Flow, Recipe } from './recipe.js'

/** The scripts of the peers in each flow; what they say of the step under test goes through the bender. */
export function clientScript(
  { flow, step, bend }: Recipe,
  bender: Bender,
  { client }: Identities,
  psk: OfferedPsk | undefined,
): ClientScript {
  return {
    suites: ['TLS_AES_128_GCM_SHA256'],
    alpnProtocols: ['http/1.1'],
    ...(flow.endsWith('retry') && { shares: [] }),
    ...(flow === 'client-auth' && { identity: client }),
    ...(psk && { psks: [psk] }),
    ...(flow.startsWith('early-data') && {
      earlyData: step === 'early_data' && bend.kind === 'omit' ? [] : ['early', 'data'].map(encode),
    }),
    before: { [step]: (peer: ScriptedClient) => bender.before(peer) },
    rewrite: { [step]: (bytes: Bytes) => bender.rewrite(bytes) },
  }
}

const encode = (text: string): Bytes => new TextEncoder().encode(text)

export function serverScript({ flow, step }: Recipe, bender: Bender, keyOf: KnownPsk['keyOf']): HandshakeScript {
  return {
    ...(flow.endsWith('retry') && { retry: { group: 'secp384r1' as const } }),
    ...(keyOf && { psk: { index: 0, key: keyOf } }),
    ...(flow.startsWith('early-data') && { earlyData: flow === 'early-data' ? 'taken' : 'skipped' }),
    ...(flow === 'client-auth' && { requestCertificate: true }),
    edit: {
      // so that there is something to bend: what every client asks for
      encrypted_extensions: ({ extensions }) => ({
        extensions: [
          ...extensions,
          makeExtension(serverName, serverName.encryptedExtensions, true),
          makeExtension(supportedGroups, supportedGroups.encryptedExtensions, [
            NamedGroup.x25519,
            NamedGroup.secp256r1,
          ]),
        ],
      }),
      certificate_request: (body) => ({
        ...body,
        extensions: [
          makeExtension(signatureAlgorithms, signatureAlgorithms.certificateRequest, requestedSchemes),
          makeExtension(signatureAlgorithmsCert, signatureAlgorithmsCert.certificateRequest, requestedSchemes),
        ],
      }),
    },
    before: { [step]: (peer: ScriptedServer) => bender.before(peer) },
    rewrite: { [step]: (bytes: Bytes) => bender.rewrite(bytes) },
  }
}

const requestedSchemes = [SignatureScheme.ecdsa_secp256r1_sha256, SignatureScheme.rsa_pss_rsae_sha256]

/** Bent, a stack may go another way; unbent, it would make a comparison of something else. */
export function checkFlow(peer: ScriptedClient | ScriptedServer, { flow }: Recipe, text: string): void {
  if (peer instanceof ScriptedClient) checkServer(peer, flow, text)
  else if (flow.startsWith('early-data')) checkEarlyData(peer, flow)
}

function checkServer(peer: ScriptedClient, flow: Flow, text: string): void {
  if (needsPsk(flow) && !peer.acceptedPsk) throw new Error('the PSK is not taken')
  if (peer.acceptsEarlyData !== (flow === 'early-data')) throw new Error('early data is taken, or not taken')
  if (flow === 'early-data' && !text.includes('early')) throw new Error('early data does not come back')
}

/** The PSK of any flow must be right, or the scripted server could go no further. */
function checkEarlyData({ clientHellos: [first], clientFlight, earlyData: parts }: ScriptedServer, flow: Flow): void {
  if (!first || !hasExtension(first.body.extensions, earlyData)) throw new Error('early data is not announced')
  // s2n-tls over a blocking socket waits for the answer before it sends any, and then may not
  if (flow === 'early-data' && new TextDecoder().decode(concatBytes(...parts)) !== 'early') {
    throw new Error('early data does not come')
  }
  if (clientFlight.includes('end_of_early_data') !== (flow === 'early-data'))
    throw new Error('early data ends otherwise')
}

export const needsPsk = (flow: Flow): boolean => /^(resumption|early-data|external-psk)/.test(flow)
