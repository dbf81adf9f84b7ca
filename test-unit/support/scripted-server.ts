import type { DuplexStream } from '../../src/connection/duplex-stream.js'
import { type CipherSuiteParameters, cipherSuiteByCodePoint } from '../../src/crypto/cipher-suites.js'
import { checkVerifyData, makeVerifyData } from '../../src/crypto/finished.js'
import { groupByCodePoint } from '../../src/crypto/groups/groups.js'
import { type ApplicationStage, EarlyStage, type HandshakeStage } from '../../src/crypto/key-schedule.js'
import type { Secret } from '../../src/crypto/secret.js'
import { Transcript } from '../../src/crypto/transcript.js'
import { signedContent } from '../../src/handshake/signed-content.js'
import { CipherSuite, ContentType, NamedGroup, SignatureScheme } from '../../src/messages/code-points.js'
import { cookie } from '../../src/messages/extensions/cookie.js'
import { earlyData } from '../../src/messages/extensions/early-data.js'
import { makeExtension, readExtension, requireExtension } from '../../src/messages/extensions/extension.js'
import { keyShare } from '../../src/messages/extensions/key-share.js'
import { preSharedKey } from '../../src/messages/extensions/pre-shared-key.js'
import { signatureAlgorithms } from '../../src/messages/extensions/signature-algorithms.js'
import { supportedVersions } from '../../src/messages/extensions/supported-versions.js'
import { decodeMessage, encodeMessage, type ReceivedMessage } from '../../src/messages/handshake-message.js'
import { helloRetryRequestRandom } from '../../src/messages/server-hello.js'
import { RecordKeys } from '../../src/record/record-keys.js'
import type { Bytes } from '../../src/wire/bytes.js'
import type { HandshakeScript, ServerBodies, ServerStep } from './handshake-script.js'
import { PeerConnection } from './peer-connection.js'
import { testProvider } from './provider.js'
import { type ServerIdentity, signWithScheme } from './server-identity.js'

/**
 * A TLS 1.3 server for tests: honest by default, and at each point of the handshake as dishonest as the script says.
 * Built on the codecs, the key schedule and the record keys, not on src's handshake.
 */
export class ScriptedServer extends PeerConnection {
  readonly #script: HandshakeScript
  readonly #identity: ServerIdentity
  #flight: Bytes[] | undefined
  transcript = Transcript.empty
  /** The ClientHellos that came, one or two. */
  readonly clientHellos: ReceivedMessage<'client_hello'>[] = []
  #handshakeStage: HandshakeStage | undefined
  #applicationStage: ApplicationStage | undefined
  #clientHandshakeSecret: Secret | undefined
  #serverHandshakeSecret: Secret | undefined
  exporterSecret: Secret | undefined

  constructor(transport: DuplexStream, identity: ServerIdentity, script: HandshakeScript = {}) {
    super(transport)
    this.#identity = script.identity ?? identity
    this.#script = script
  }

  /** Everything up to and with the server's Finished. */
  async handshake(): Promise<void> {
    const script = this.#script
    await this.#receiveClientHello()
    if (script.retry) {
      await this.#retry(script.retry)
      await this.#receiveClientHello()
    }
    await this.#sendServerHello()
    if (script.layout) this.#flight = []
    const takesEarlyData = script.earlyData === 'taken'
    await this.#send('encrypted_extensions', {
      extensions: takesEarlyData ? [makeExtension(earlyData, earlyData.encryptedExtensions, true)] : [],
    })
    if (script.requestCertificate) await this.#send('certificate_request', certificateRequest)
    if (!script.psk) {
      const { chain } = this.#identity.certificate
      const certificateList = chain.map((certificateData) => ({ certificateData, extensions: [] }))
      await this.#send('certificate', { certificateRequestContext: new Uint8Array(), certificateList })
      await this.#sendCertificateVerify()
    }
    await this.#sendFinished()
  }

  /** Sends a ticket, as often as said, with the same key each time. @returns the key, for a script's `psk` */
  async sendTicket(ticket: Bytes, { count = 1, maxEarlyDataSize }: TicketOptions = {}): Promise<Bytes> {
    const ticketNonce = Uint8Array.of(0)
    const hash = await this.transcript.digest(testProvider, this.#hash)
    const secret = await required(this.#applicationStage).resumptionSecret(hash)
    const message = encodeMessage('new_session_ticket', {
      ticketLifetime: longestLifetime,
      ticketAgeAdd: 0,
      ticketNonce,
      ticket,
      extensions:
        maxEarlyDataSize === undefined ? [] : [makeExtension(earlyData, earlyData.newSessionTicket, maxEarlyDataSize)],
    })
    for (let sent = 0; sent < count; sent++) await this.sendMessage(message)
    return await secret.expandLabel('resumption', ticketNonce, this.#hash.length)
  }

  /** Reads the client's flight, checks its Finished and moves on to the application's keys. */
  async finish(): Promise<void> {
    for (;;) {
      const event = await this.next()
      if (event.kind === 'changeCipherSpec') continue
      if (event.kind === 'data' && this.#script.earlyData) {
        this.earlyData.push(event.data)
        continue
      }
      if (event.kind !== 'message') throw new Error(`the client's flight ended in ${describe(event)}`)
      if (event.name === 'finished') {
        await this.#checkFinished(event.bytes)
        this.transcript = this.transcript.with(event.bytes)
        await this.useReadSecret(this.suiteInUse, required(this.clientApplicationSecret))
        return
      }
      this.clientFlight.push(event.name)
      this.clientFlightBytes.push(event.bytes)
      this.transcript = this.transcript.with(event.bytes)
    }
  }
  /** The 0-RTT data that came, a part for each record. */
  readonly earlyData: Bytes[] = []
  /** What came in front of the client's Finished. */
  readonly clientFlight: string[] = []
  readonly clientFlightBytes: Bytes[] = []
  clientApplicationSecret: Secret | undefined

  get suiteInUse(): CipherSuiteParameters {
    return required(this.suite)
  }

  get #clientHello(): ReceivedMessage<'client_hello'> {
    return required(this.clientHellos.at(-1))
  }

  get #hash() {
    return this.suiteInUse.hash
  }

  async #receiveClientHello(): Promise<void> {
    let event = await this.next()
    const skipsData = this.clientHellos.length > 0 && this.#script.earlyData !== undefined
    while (event.kind === 'changeCipherSpec' || (skipsData && event.kind === 'data')) event = await this.next()
    if (event.kind !== 'message' || event.name !== 'client_hello') {
      throw new Error(`no ClientHello, but ${describe(event)}`)
    }
    this.clientHellos.push(decodeMessage('client_hello', event.bytes))
    this.transcript = this.transcript.with(event.bytes)
    const chosen = this.#script.suite ? CipherSuite[this.#script.suite] : undefined
    this.suite = this.#clientHello.body.cipherSuites
      .flatMap((codePoint) => cipherSuiteByCodePoint.get(codePoint) ?? [])
      .find(({ codePoint }) => chosen === undefined || codePoint === chosen)
  }

  async #retry({ group, cookie: sentCookie, suite }: NonNullable<HandshakeScript['retry']>): Promise<void> {
    const { bytes } = this.#clientHello
    const extensions = [
      makeExtension(supportedVersions, supportedVersions.helloRetryRequest, 0x0304),
      ...(group ? [makeExtension(keyShare, keyShare.helloRetryRequest, NamedGroup[group])] : []),
      ...(sentCookie ? [makeExtension(cookie, cookie.helloRetryRequest, sentCookie)] : []),
    ]
    const hello = this.#hello(helloRetryRequestRandom, extensions)
    const request = await this.#send('hello_retry_request', {
      ...hello,
      cipherSuite: suite ? CipherSuite[suite] : hello.cipherSuite,
    })
    if (request) {
      this.transcript = await Transcript.afterHelloRetryRequest(testProvider, this.#hash, bytes, request)
    }
    await this.#sendChangeCipherSpec()
  }

  async #sendServerHello(): Promise<void> {
    const { group: named, retry, psk } = this.#script
    const { extensions } = this.#clientHello.body
    const shares = requireExtension(extensions, keyShare, keyShare.clientHello, 'client_hello')
    const shareOf = (name: keyof typeof NamedGroup) => shares.find((each) => each.group === NamedGroup[name])
    const wanted = named ?? retry?.group
    // left to itself it is a server that knows no ML-KEM, and quick
    const share = wanted
      ? shareOf(wanted)
      : (shareOf('x25519') ?? shares.find(({ group }) => groupByCodePoint.has(group)))
    const group = groupByCodePoint.get(share?.group ?? 0)
    if (!share || !group) throw new Error('the client sent no share for the group of the script')
    const response = await group.respond(testProvider, share.keyExchange)
    await this.#send(
      'server_hello',
      this.#hello(testProvider.getRandomValues(new Uint8Array(32)), [
        makeExtension(supportedVersions, supportedVersions.serverHello, 0x0304),
        makeExtension(keyShare, keyShare.serverHello, { group: share.group, keyExchange: response.keyShare }),
        ...(psk ? [makeExtension(preSharedKey, preSharedKey.serverHello, psk.index)] : []),
      ]),
    )
    if (!retry) await this.#sendChangeCipherSpec()
    await this.#enterHandshakeEpoch(await response.sharedSecret.hkdfKey())
  }

  #hello(random: Bytes, extensions: ServerBodies['server_hello']['extensions']): ServerBodies['server_hello'] {
    return {
      legacyVersion: 0x0303,
      random,
      legacySessionIdEcho: this.#clientHello.body.legacySessionId,
      cipherSuite: this.suiteInUse.codePoint,
      legacyCompressionMethod: 0,
      extensions,
    }
  }

  async #enterHandshakeEpoch(sharedSecret: CryptoKey): Promise<void> {
    const suite = this.suiteInUse
    const early = await EarlyStage.create(testProvider, suite.hash, this.#pskKey())
    this.#handshakeStage = await early.handshakeStage(sharedSecret)
    const hash = await this.transcript.digest(testProvider, suite.hash)
    this.#clientHandshakeSecret = await this.#handshakeStage.clientHandshakeTrafficSecret(hash)
    this.#serverHandshakeSecret = await this.#handshakeStage.serverHandshakeTrafficSecret(hash)
    this.records.readKeys = await this.#clientsKeys(suite)
    if (this.#script.earlyData && !this.#script.retry) {
      this.records.nextReadKeys = this.records.readKeys
      this.records.readKeys = await this.#earlyKeys(suite, required(this.#pskKey()))
    }
    this.records.writeKeys = await RecordKeys.derive(testProvider, suite, this.#serverHandshakeSecret)
  }

  #pskKey(): Bytes | undefined {
    const { psk } = this.#script
    if (typeof psk?.key !== 'function') return psk?.key
    const offered = readExtension(this.#clientHello.body.extensions, preSharedKey, preSharedKey.clientHello)
    return psk.key(offered?.identities[psk.index]?.identity ?? new Uint8Array())
  }

  async #clientsKeys(suite: CipherSuiteParameters): Promise<RecordKeys> {
    const { readsEarlyData } = this.#script
    if (!readsEarlyData) return await RecordKeys.derive(testProvider, suite, required(this.#clientHandshakeSecret))
    const earlySuite = required(cipherSuiteByCodePoint.get(CipherSuite[readsEarlyData.suite]))
    return await this.#earlyKeys(earlySuite, readsEarlyData.key)
  }

  async #earlyKeys(suite: CipherSuiteParameters, psk: Bytes): Promise<RecordKeys> {
    const early = await EarlyStage.create(testProvider, suite.hash, psk)
    const hash = await Transcript.empty.with(this.#clientHello.bytes).digest(testProvider, suite.hash)
    return await RecordKeys.derive(testProvider, suite, await early.clientEarlyTrafficSecret(hash))
  }

  async #sendCertificateVerify(): Promise<void> {
    const scheme = this.#script.scheme ?? this.#identity.scheme
    const honest = signedContent('server', await this.transcript.digest(testProvider, this.#hash))
    const signature = await signWithScheme(this.#identity, scheme, this.#script.signedContent?.(honest) ?? honest)
    await this.#send('certificate_verify', { algorithm: SignatureScheme[scheme], signature })
  }

  async #sendFinished(): Promise<void> {
    const hash = await this.transcript.digest(testProvider, this.#hash)
    await this.#send('finished', {
      verifyData: await makeVerifyData(testProvider, required(this.#serverHandshakeSecret), hash),
    })
    for (const content of this.#script.layout?.(this.#flight ?? []) ?? []) await this.#sendRecord(content)
    this.#flight = undefined
    this.#applicationStage = await required(this.#handshakeStage).applicationStage()
    const finishedHash = await this.transcript.digest(testProvider, this.#hash)
    this.exporterSecret = await this.#applicationStage.exporterSecret(finishedHash)
    this.clientApplicationSecret = await this.#applicationStage.clientApplicationTrafficSecret(finishedHash)
    const secret = await this.#applicationStage.serverApplicationTrafficSecret(finishedHash)
    await this.useWriteSecret(this.suiteInUse, secret)
  }

  async #checkFinished(bytes: Bytes): Promise<void> {
    const { verifyData } = decodeMessage('finished', bytes).body
    const hash = await this.transcript.digest(testProvider, this.#hash)
    if (!(await checkVerifyData(testProvider, required(this.#clientHandshakeSecret), hash, verifyData))) {
      throw new Error("the client's Finished is wrong")
    }
  }

  /** Sends a message as the script changes it; returns its bytes, or `undefined` where it was left out. */
  async #send<S extends ServerStep>(step: S, honest: ServerBodies[S]): Promise<Bytes | undefined> {
    const { edit, rewrite, before } = this.#script
    await before?.[step]?.(this)
    const body = edit?.[step]?.(honest) ?? honest
    const encoded = encodeMessage(step === 'hello_retry_request' ? 'server_hello' : step, body as never)
    const change = rewrite?.[step]
    const bytes = change ? await change(encoded) : encoded
    if (!bytes) return undefined
    this.transcript = this.transcript.with(bytes)
    if (this.#flight) this.#flight.push(bytes)
    else await this.#sendRecord(bytes)
    return bytes
  }

  async #sendRecord(content: Bytes): Promise<void> {
    await this.records.send(ContentType.handshake, content, { padding: this.#script.padding ?? 0 })
  }

  async #sendChangeCipherSpec(): Promise<void> {
    const { changeCipherSpec = this.#clientHello.body.legacySessionId.length > 0 } = this.#script
    if (changeCipherSpec) await this.sendChangeCipherSpec()
  }
}

export interface TicketOptions {
  readonly count?: number
  /** Default: the ticket is for none. */
  readonly maxEarlyDataSize?: number
}

/** RFC 9846 section 4.7.1, in seconds. */
const longestLifetime = 604_800

const certificateRequest: ServerBodies['certificate_request'] = {
  certificateRequestContext: new Uint8Array(),
  extensions: [
    makeExtension(signatureAlgorithms, signatureAlgorithms.certificateRequest, [
      SignatureScheme.ecdsa_secp256r1_sha256,
    ]),
  ],
}

export function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the script has not come this far')
  return value
}

const describe = (event: object) =>
  JSON.stringify(event, (_key, value) => (value instanceof Uint8Array ? `${value.length} bytes` : value))
