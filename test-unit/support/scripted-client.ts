import type { DuplexStream } from '../../src/connection/duplex-stream.js'
import { type CipherSuiteParameters, cipherSuiteByCodePoint } from '../../src/crypto/cipher-suites.js'
import { checkVerifyData, makeVerifyData } from '../../src/crypto/finished.js'
import type { KeyOffer } from '../../src/crypto/groups/group.js'
import { EarlyStage, type HandshakeStage } from '../../src/crypto/key-schedule.js'
import type { Secret } from '../../src/crypto/secret.js'
import { Transcript } from '../../src/crypto/transcript.js'
import { signedContent } from '../../src/handshake/signed-content.js'
import { ContentType, NamedGroup, type NamedGroupName, SignatureScheme } from '../../src/messages/code-points.js'
import { cookie } from '../../src/messages/extensions/cookie.js'
import { earlyData } from '../../src/messages/extensions/early-data.js'
import { hasExtension, readExtension } from '../../src/messages/extensions/extension.js'
import { keyShare } from '../../src/messages/extensions/key-share.js'
import { preSharedKey } from '../../src/messages/extensions/pre-shared-key.js'
import { decodeMessage, encodeMessage } from '../../src/messages/handshake-message.js'
import { isHelloRetryRequest } from '../../src/messages/server-hello.js'
import { RecordKeys } from '../../src/record/record-keys.js'
import type { Bytes } from '../../src/wire/bytes.js'
import { bindPsks, clientHelloOf, offerShares } from './client-hello.js'
import type { ClientBodies, ClientScript, ClientStep, OfferedPsk } from './client-script.js'
import { PeerConnection, type PeerEvent } from './peer-connection.js'
import { testProvider } from './provider.js'
import { required } from './scripted-server.js'
import { signWithScheme } from './server-identity.js'

/**
 * A TLS 1.3 client for tests: honest by default, and at each point of the handshake as dishonest as the script says.
 * Built on the codecs, the key schedule and the record keys, not on src's handshake.
 */
export class ScriptedClient extends PeerConnection {
  readonly #script: ClientScript
  #offers = new Map<NamedGroupName, KeyOffer>()
  #random: Bytes = testProvider.getRandomValues(new Uint8Array(32))
  #handshakeStage: HandshakeStage | undefined
  #clientHandshakeSecret: Secret | undefined
  #serverHandshakeSecret: Secret | undefined
  #resumptionSecret: Secret | undefined
  transcript = Transcript.empty
  /** The ServerHellos that came, one or two, and what followed up to Finished. */
  readonly serverFlight: Extract<PeerEvent, { kind: 'message' }>[] = []
  /** The PSK that the server took. */
  acceptedPsk: OfferedPsk | undefined
  acceptsEarlyData = false
  exporterSecret: Secret | undefined

  constructor(transport: DuplexStream, script: ClientScript = {}) {
    super(transport)
    this.#script = script
  }

  get isRetried(): boolean {
    return this.serverFlight.some(
      ({ name, bytes }) => name === 'server_hello' && isHelloRetryRequest(decodeMessage('server_hello', bytes).body),
    )
  }

  /** Everything up to and with the client's Finished. */
  async handshake(): Promise<void> {
    await this.#sendClientHello()
    const serverHello = await this.#receiveServerHello()
    await this.#enterHandshakeEpoch(serverHello)
    await this.#receiveServerFlight()
    await this.#sendFlight()
  }

  /** The next ticket, as what it lets a client offer. @param ageMilliseconds what the client says of its age */
  async receiveTicket(ageMilliseconds = 0): Promise<OfferedPsk> {
    for (;;) {
      const event = await this.next()
      if (event.kind !== 'message' || event.name !== 'new_session_ticket') {
        if (event.kind === 'end') throw new Error('the transport ended without a ticket')
        continue
      }
      const { ticket, ticketNonce, ticketAgeAdd } = decodeMessage('new_session_ticket', event.bytes).body
      const { hash } = required(this.suite)
      const key = await required(this.#resumptionSecret).expandLabel('resumption', ticketNonce, hash.length)
      const obfuscatedTicketAge = (ticketAgeAdd + ageMilliseconds) % 2 ** 32
      return { identity: ticket, key, hash, kind: 'res binder', obfuscatedTicketAge }
    }
  }

  /** The bodies of what the server sent, by name. */
  messages(name: string): readonly Bytes[] {
    return this.serverFlight.filter((message) => message.name === name).map(({ bytes }) => bytes)
  }

  async #sendClientHello(): Promise<void> {
    this.#offers = await offerShares(this.#script.shares ?? ['x25519'])
    const bytes = await this.#sendHello('client_hello')
    if (this.#script.earlyData && bytes) await this.#sendEarlyData(this.#script.earlyData)
  }

  async #sendEarlyData(parts: readonly Bytes[]): Promise<void> {
    const psk = required(this.#script.psks?.[0])
    const early = await EarlyStage.create(testProvider, psk.hash, psk.key)
    const suite = required([...cipherSuiteByCodePoint.values()].find(({ hash }) => hash === psk.hash))
    const secret = await early.clientEarlyTrafficSecret(await this.transcript.digest(testProvider, psk.hash))
    this.records.writeKeys = await RecordKeys.derive(testProvider, suite, secret)
    await this.#script.before?.early_data?.(this)
    for (const part of parts) await this.records.send(ContentType.application_data, part)
  }

  async #receiveServerHello() {
    const first = await this.#receiveMessage('server_hello')
    const hello = decodeMessage('server_hello', first).body
    this.suite = required(cipherSuiteByCodePoint.get(hello.cipherSuite))
    if (!isHelloRetryRequest(hello)) return hello
    const clientHello = required(this.#firstHello)
    const { hash } = this.suite
    this.transcript = await Transcript.afterHelloRetryRequest(testProvider, hash, clientHello, first)
    const group = readExtension(hello.extensions, keyShare, keyShare.helloRetryRequest)
    const name = (Object.keys(NamedGroup) as NamedGroupName[]).find((each) => NamedGroup[each] === group)
    if (name) this.#offers = await offerShares([name])
    this.#cookie = readExtension(hello.extensions, cookie, cookie.helloRetryRequest)
    this.records.writeKeys = undefined
    await this.#sendHello('second_client_hello')
    return decodeMessage('server_hello', await this.#receiveMessage('server_hello')).body
  }
  #firstHello: Bytes | undefined
  #cookie: Bytes | undefined

  async #sendHello(step: 'client_hello' | 'second_client_hello'): Promise<Bytes | undefined> {
    const script = this.#script
    const honest = clientHelloOf(script, this.#random, this.#offers, step === 'second_client_hello', this.#cookie)
    const before = this.transcript
    const bind = (body: ClientBodies['client_hello']) => bindPsks(body, script, before)
    const bytes = await this.#send(step, honest, bind)
    if (step === 'client_hello') this.#firstHello = bytes
    return bytes
  }

  async #enterHandshakeEpoch({ extensions }: ReturnType<typeof decodeMessage<'server_hello'>>['body']): Promise<void> {
    const suite = required(this.suite)
    const index = readExtension(extensions, preSharedKey, preSharedKey.serverHello)
    this.acceptedPsk = index === undefined ? undefined : required(this.#script.psks?.[index])
    const early = await EarlyStage.create(testProvider, suite.hash, this.acceptedPsk?.key)
    const share = readExtension(extensions, keyShare, keyShare.serverHello)
    const offer = [...this.#offers].find(([name]) => NamedGroup[name] === share?.group)?.[1]
    const shared = share && (await required(offer).complete(share.keyExchange))
    this.#handshakeStage = await early.handshakeStage(shared ? await shared.hkdfKey() : 'psk_ke')
    const hash = await this.transcript.digest(testProvider, suite.hash)
    this.#clientHandshakeSecret = await this.#handshakeStage.clientHandshakeTrafficSecret(hash)
    this.#serverHandshakeSecret = await this.#handshakeStage.serverHandshakeTrafficSecret(hash)
    this.records.readKeys = await RecordKeys.derive(testProvider, suite, this.#serverHandshakeSecret)
  }

  async #receiveServerFlight(): Promise<void> {
    const suite = required(this.suite)
    for (;;) {
      const before = this.transcript
      const [name, bytes] = await this.#receiveAnyMessage()
      if (name === 'encrypted_extensions') {
        this.acceptsEarlyData = hasExtension(decodeMessage(name, bytes).body.extensions, earlyData)
      }
      if (name !== 'finished') continue
      const { verifyData } = decodeMessage('finished', bytes).body
      const hash = await before.digest(testProvider, suite.hash)
      if (!(await checkVerifyData(testProvider, required(this.#serverHandshakeSecret), hash, verifyData))) {
        throw new Error("the server's Finished is wrong")
      }
      break
    }
    const stage = await required(this.#handshakeStage).applicationStage()
    const hash = await this.transcript.digest(testProvider, suite.hash)
    this.exporterSecret = await stage.exporterSecret(hash)
    await this.useReadSecret(suite, await stage.serverApplicationTrafficSecret(hash))
    const secret = await stage.clientApplicationTrafficSecret(hash)
    this.#enterApplicationEpoch = async () => {
      await this.useWriteSecret(suite, secret)
      this.#resumptionSecret = await stage.resumptionSecret(await this.transcript.digest(testProvider, suite.hash))
    }
  }
  #enterApplicationEpoch: () => Promise<void> = async () => undefined

  async #sendFlight(): Promise<void> {
    const suite = required(this.suite)
    if (this.acceptsEarlyData) await this.#send('end_of_early_data', {})
    this.records.writeKeys = await RecordKeys.derive(testProvider, suite, required(this.#clientHandshakeSecret))
    if (this.messages('certificate_request').length > 0) await this.#sendAuthentication(suite)
    const hash = await this.transcript.digest(testProvider, suite.hash)
    const verifyData = await makeVerifyData(testProvider, required(this.#clientHandshakeSecret), hash)
    await this.#send('finished', { verifyData })
    await this.#enterApplicationEpoch()
  }

  async #sendAuthentication(suite: CipherSuiteParameters): Promise<void> {
    const { identity, signedContent: change } = this.#script
    const chain = identity?.certificate.chain ?? []
    const certificateList = chain.map((certificateData) => ({ certificateData, extensions: [] }))
    await this.#send('certificate', { certificateRequestContext: new Uint8Array(), certificateList })
    if (!identity) return
    const scheme = this.#script.scheme ?? identity.scheme
    const honest = signedContent('client', await this.transcript.digest(testProvider, suite.hash))
    const signature = await signWithScheme(identity, scheme, change?.(honest) ?? honest)
    await this.#send('certificate_verify', { algorithm: SignatureScheme[scheme], signature })
  }

  async #receiveAnyMessage(): Promise<[string, Bytes]> {
    for (;;) {
      const event = await this.next()
      if (event.kind === 'changeCipherSpec') continue
      if (event.kind !== 'message') throw new Error(`a handshake message was due, but ${event.kind} came`)
      this.serverFlight.push(event)
      this.transcript = this.transcript.with(event.bytes)
      return [event.name, event.bytes]
    }
  }

  async #receiveMessage(expected: string): Promise<Bytes> {
    const [name, bytes] = await this.#receiveAnyMessage()
    if (name !== expected) throw new Error(`${expected} was due, but ${name} came`)
    return bytes
  }

  /** Sends a message as the script changes it; returns its bytes, or `undefined` where it was left out. */
  async #send<S extends ClientStep>(
    step: S,
    honest: ClientBodies[S],
    finish: (body: ClientBodies[S]) => ClientBodies[S] | Promise<ClientBodies[S]> = (body) => body,
  ): Promise<Bytes | undefined> {
    const { edit, rewrite, before, layout, padding = 0 } = this.#script
    await before?.[step]?.(this)
    const body = await finish(edit?.[step]?.(honest) ?? honest)
    const encoded = encodeMessage(step === 'second_client_hello' ? 'client_hello' : step, body as never)
    const change = rewrite?.[step]
    const bytes = change ? await change(encoded) : encoded
    if (!bytes) return undefined
    this.transcript = this.transcript.with(bytes)
    for (const content of layout?.(bytes) ?? [bytes]) {
      await this.records.send(ContentType.handshake, content, { padding: this.records.writeKeys ? padding : 0 })
    }
    return bytes
  }
}
