import { beforeAll, describe, expect, it } from 'vitest'
import { makeVerifyData } from '../../src/crypto/finished.js'
import { sha256 } from '../../src/crypto/hash.js'
import { type ApplicationStage, EarlyStage, type HandshakeStage } from '../../src/crypto/key-schedule.js'
import { Secret } from '../../src/crypto/secret.js'
import { Transcript, type TranscriptHash } from '../../src/crypto/transcript.js'
import { noBytes, toHex } from '../../src/wire/bytes.js'
import { testProvider } from '../support/provider.js'
import { allTraces, traces } from '../vectors/rfc8448-all.js'
import { fieldBytes, type Trace } from '../vectors/rfc8448-trace.js'

interface Schedule {
  readonly early: EarlyStage
  readonly handshake: HandshakeStage
  readonly application: ApplicationStage
  /** What the key log was given, in hexadecimal by label. */
  readonly logged: ReadonlyMap<string, string>
}

/** The schedule of a trace, with its shared secret, its PSK and the transcript hashes of its steps. */
async function scheduleOf(trace: Trace): Promise<Schedule> {
  const logged = new Map<string, string>()
  const log = (label: string, secret: Uint8Array) => logged.set(label, toHex(secret))
  const hasPsk = trace.has('client', 'calculate PSK binder')
  const psk = hasPsk ? trace.bytes('client', 'extract secret "early"', 'IKM') : undefined
  const sharedSecret = await testProvider.subtle.importKey(
    'raw',
    trace.bytes('server', 'extract secret "handshake"', 'IKM'),
    'HKDF',
    false,
    ['deriveKey', 'deriveBits'],
  )
  const early = await EarlyStage.create(testProvider, sha256, psk, log)
  const handshake = await early.handshakeStage(sharedSecret)
  return { early, handshake, application: await handshake.applicationStage(), logged }
}

const hashOf = (trace: Trace, actor: 'client' | 'server', label: string) =>
  trace.bytes(actor, `derive secret "tls13 ${label}"`, 'hash') as TranscriptHash

const hex = async (secret: Promise<Secret>) => toHex(await (await secret).export())

describe.each(allTraces)('the key schedule of RFC 8448 %s', (_title, trace) => {
  let schedule: Schedule
  beforeAll(async () => {
    schedule = await scheduleOf(trace)
  })

  it('gives the handshake traffic secrets', async () => {
    const { handshake } = schedule
    for (const label of ['c hs traffic', 's hs traffic'] as const) {
      const hash = hashOf(trace, 'server', label)
      const secret =
        label === 'c hs traffic'
          ? handshake.clientHandshakeTrafficSecret(hash)
          : handshake.serverHandshakeTrafficSecret(hash)
      expect(await hex(secret)).toBe(toHex(trace.secret('server', label)))
    }
  })

  it('gives the application traffic secrets and the exporter secret', async () => {
    const { application } = schedule
    const hash = hashOf(trace, 'server', 'c ap traffic')
    expect(await hex(application.clientApplicationTrafficSecret(hash))).toBe(
      toHex(trace.secret('server', 'c ap traffic')),
    )
    expect(await hex(application.serverApplicationTrafficSecret(hash))).toBe(
      toHex(trace.secret('server', 's ap traffic')),
    )
    expect(await hex(application.exporterSecret(hash))).toBe(toHex(trace.secret('server', 'exp master')))
  })

  it('gives the resumption secret', async () => {
    const hash = hashOf(trace, 'client', 'res master')
    expect(await hex(schedule.application.resumptionSecret(hash))).toBe(toHex(trace.secret('client', 'res master')))
  })

  it('logs each secret under its label of the NSS key log, the resumption secret not', async () => {
    const fresh = await scheduleOf(trace)
    const handshakeHash = hashOf(trace, 'server', 'c hs traffic')
    const applicationHash = hashOf(trace, 'server', 'c ap traffic')
    await fresh.handshake.clientHandshakeTrafficSecret(handshakeHash)
    await fresh.handshake.serverHandshakeTrafficSecret(handshakeHash)
    await fresh.application.clientApplicationTrafficSecret(applicationHash)
    await fresh.application.serverApplicationTrafficSecret(applicationHash)
    await fresh.application.exporterSecret(applicationHash)
    await fresh.application.resumptionSecret(applicationHash)
    expect(Object.fromEntries(fresh.logged)).toEqual({
      CLIENT_HANDSHAKE_TRAFFIC_SECRET: toHex(trace.secret('server', 'c hs traffic')),
      SERVER_HANDSHAKE_TRAFFIC_SECRET: toHex(trace.secret('server', 's hs traffic')),
      CLIENT_TRAFFIC_SECRET_0: toHex(trace.secret('server', 'c ap traffic')),
      SERVER_TRAFFIC_SECRET_0: toHex(trace.secret('server', 's ap traffic')),
      EXPORTER_SECRET: toHex(trace.secret('server', 'exp master')),
    })
  })

  it('has the transcript hashes that follow from its messages', async () => {
    const transcript = await transcriptsOf(trace)
    const hashes = async (each: Transcript) => toHex(await each.digest(testProvider, sha256))
    expect(await hashes(transcript.serverHello)).toBe(toHex(hashOf(trace, 'server', 'c hs traffic')))
    expect(await hashes(transcript.serverFinished)).toBe(toHex(hashOf(trace, 'server', 'c ap traffic')))
    expect(await hashes(transcript.clientFinished)).toBe(toHex(hashOf(trace, 'client', 'res master')))
  })

  it.each(['server', 'client'] as const)("gives the %s's Finished", async (actor) => {
    const baseKey = await Secret.import(
      testProvider,
      sha256,
      trace.secret('server', actor === 'server' ? 's hs traffic' : 'c hs traffic'),
    )
    const { beforeServerFinished, beforeClientFinished } = await transcriptsOf(trace)
    const transcript = actor === 'server' ? beforeServerFinished : beforeClientFinished
    const verifyData = await makeVerifyData(testProvider, baseKey, await transcript.digest(testProvider, sha256))
    expect(toHex(verifyData)).toBe(toHex(trace.bytes(actor, 'calculate finished "tls13 finished"', 'finished')))
    const [finished] = messagesOf(trace, actor, 'Finished')
    expect(toHex(verifyData)).toBe(toHex(finished?.subarray(4) ?? noBytes))
  })

  it('gives keys and IVs for each epoch', async () => {
    for (const { actor, step, fields } of trace.steps) {
      if (!/traffic keys/.test(step) || fields.PRK === undefined) continue
      const value = (field: string) => fieldBytes({ actor, step, fields }, field)
      const secret = await Secret.import(testProvider, sha256, value('PRK'))
      expect(toHex(await secret.expandLabel('key', noBytes, 16))).toBe(toHex(value('key expanded')))
      expect(toHex(await secret.expandLabel('iv', noBytes, 12))).toBe(toHex(value('iv expanded')))
    }
  })
})

describe('the 0-RTT parts of the key schedule, RFC 8448 section 4', () => {
  const trace = traces['section 4, resumed 0-RTT']

  it('take as their PSK what section 3 derives from its ticket', async () => {
    const simple = traces['section 3, simple 1-RTT']
    const secret = await Secret.import(testProvider, sha256, simple.secret('client', 'res master'))
    const ticketNonce = Uint8Array.of(0, 0)
    const psk = await secret.expandLabel('resumption', ticketNonce, 32)
    expect(toHex(psk)).toBe(toHex(simple.bytes('server', 'generate resumption secret "tls13 resumption"', 'expanded')))
    expect(toHex(psk)).toBe(toHex(trace.bytes('client', 'extract secret "early"', 'IKM')))
  })

  it('give the binder over the ClientHello up to the binders', async () => {
    const { early } = await scheduleOf(trace)
    const prefix = trace.bytes('client', 'calculate PSK binder', 'ClientHello prefix')
    const hash = await Transcript.empty.with(prefix).digest(testProvider, sha256)
    expect(toHex(hash)).toBe(toHex(trace.bytes('client', 'calculate PSK binder', 'binder hash')))
    const binder = await makeVerifyData(testProvider, await early.binderKey('res binder'), hash)
    expect(toHex(binder)).toBe(toHex(trace.bytes('client', 'calculate PSK binder', 'finished')))
  })

  it('give the early traffic secret and the early exporter secret, and log them', async () => {
    const { early, logged } = await scheduleOf(trace)
    const hash = hashOf(trace, 'client', 'c e traffic')
    await early.clientEarlyTrafficSecret(hash)
    await early.earlyExporterSecret(hash)
    expect(Object.fromEntries(logged)).toEqual({
      CLIENT_EARLY_TRAFFIC_SECRET: toHex(trace.secret('client', 'c e traffic')),
      EARLY_EXPORTER_SECRET: toHex(trace.secret('client', 'e exp master')),
    })
  })
})

it('secrets cannot be exported unless a key log was asked for', async () => {
  const early = await EarlyStage.create(testProvider, sha256, new Uint8Array(32).fill(1))
  const secret = await early.clientEarlyTrafficSecret(new Uint8Array(32) as TranscriptHash)
  await expect(secret.export()).rejects.toThrow()
  await expect((await secret.next()).export()).rejects.toThrow()
})

const messagesOf = (trace: Trace, actor: 'client' | 'server', name: string) =>
  trace.steps
    .filter((step) => step.actor === actor && new RegExp(`^construct an? ${name} handshake message$`).test(step.step))
    .map((step) => fieldBytes(step, name))

async function transcriptsOf(trace: Trace) {
  const [clientHello = noBytes, secondClientHello] = messagesOf(trace, 'client', 'ClientHello')
  const [hello = noBytes, secondHello] = messagesOf(trace, 'server', 'ServerHello')
  // the ClientHello as sent: in section 4 the binders are filled in after it was constructed
  const sentClientHello = trace.bytes('client', 'send handshake record', 'payload')
  const serverHello =
    secondClientHello && secondHello
      ? (await Transcript.afterHelloRetryRequest(testProvider, sha256, clientHello, hello)).with(
          secondClientHello,
          secondHello,
        )
      : Transcript.empty.with(sentClientHello, hello)
  const flight = ['EncryptedExtensions', 'CertificateRequest', 'Certificate', 'CertificateVerify'].flatMap((name) =>
    messagesOf(trace, 'server', name),
  )
  const beforeServerFinished = serverHello.with(...flight)
  const serverFinished = beforeServerFinished.with(...messagesOf(trace, 'server', 'Finished'))
  const answer = ['EndOfEarlyData', 'Certificate', 'CertificateVerify'].flatMap((name) =>
    messagesOf(trace, 'client', name),
  )
  const beforeClientFinished = serverFinished.with(...answer)
  return {
    serverHello,
    beforeServerFinished,
    serverFinished,
    beforeClientFinished,
    clientFinished: beforeClientFinished.with(...messagesOf(trace, 'client', 'Finished')),
  }
}
