import { describe, expect, it } from 'vitest'
import { cipherSuiteByCodePoint } from '../../src/crypto/cipher-suites.js'
import { sha256 } from '../../src/crypto/hash.js'
import { Secret } from '../../src/crypto/secret.js'
import { CipherSuite, ContentType, HandshakeType } from '../../src/messages/code-points.js'
import { RecordKeys, recordHeader } from '../../src/record/record-keys.js'
import { concatBytes, toHex } from '../../src/wire/bytes.js'
import { testProvider } from '../support/provider.js'
import { allTraces } from '../vectors/rfc8448-all.js'
import { fieldBytes, type Trace, type TraceStep } from '../vectors/rfc8448-trace.js'

const suite = cipherSuiteByCodePoint.get(CipherSuite.TLS_AES_128_GCM_SHA256)
if (!suite) throw new Error('no suite')

/** The traffic secrets of one side in the order of their use. */
function secretsOf(trace: Trace, actor: TraceStep['actor']) {
  const early = trace.has('client', 'derive secret "tls13 c e traffic"') ? [trace.secret('client', 'c e traffic')] : []
  return actor === 'server'
    ? [trace.secret('server', 's hs traffic'), trace.secret('server', 's ap traffic')]
    : [...early, trace.secret('server', 'c hs traffic'), trace.secret('server', 'c ap traffic')]
}

interface SentRecord {
  readonly title: string
  readonly type: number
  readonly payload: Uint8Array<ArrayBuffer>
  readonly record: Uint8Array<ArrayBuffer>
}

function recordsOf(trace: Trace, actor: TraceStep['actor']): readonly SentRecord[] {
  return trace.steps.flatMap((step) => {
    const [, name] = /^send (\w+) record$/.exec(step.step) ?? []
    if (step.actor !== actor || name === undefined) return []
    const type = ContentType[name as keyof typeof ContentType]
    const record = fieldBytes(step, 'complete record')
    return [{ title: step.step, type, payload: fieldBytes(step, 'payload'), record }]
  })
}

/** Whether the sender changes its keys behind these handshake messages. */
function changesKeys(payload: Uint8Array): boolean {
  for (let offset = 0; offset < payload.length; ) {
    const [type, high = 0, middle = 0, low = 0] = payload.subarray(offset)
    if (type === HandshakeType.finished || type === HandshakeType.end_of_early_data) return true
    offset += 4 + high * 65536 + middle * 256 + low
  }
  return false
}

const sides = allTraces.flatMap(([title, trace]) =>
  (['client', 'server'] as const).map((actor) => [title, actor, trace] as const),
)

describe.each(sides)('the records of RFC 8448 %s, sent by the %s', (_title, actor, trace) => {
  const records = recordsOf(trace, actor)
  const plain = records.filter(({ record }) => record[0] !== ContentType.application_data)
  const sealed = records.filter(({ record }) => record[0] === ContentType.application_data)

  it('are their payload behind a header, before protection begins', () => {
    expect(plain.length).toBeGreaterThan(0)
    for (const [index, { type, payload, record }] of plain.entries()) {
      const version = actor === 'client' && index === 0 ? 0x0301 : 0x0303
      expect(toHex(concatBytes(recordHeader(payload.length, type, version), payload))).toBe(toHex(record))
    }
  })

  it('are sealed, and opened again, byte for byte', async () => {
    expect(sealed.length).toBeGreaterThanOrEqual(2)
    const derive = async () =>
      await Promise.all(
        secretsOf(trace, actor).map(async (bytes) =>
          RecordKeys.derive(testProvider, suite, await Secret.import(testProvider, sha256, bytes)),
        ),
      )
    const [sealers, openers] = await Promise.all([derive(), derive()])
    for (const { type, payload, record } of sealed) {
      const [sealer, opener] = [sealers[0], openers[0]]
      if (!sealer || !opener) throw new Error('no keys are left')
      const inner = concatBytes(payload, Uint8Array.of(type))
      const ciphertext = await sealer.seal(inner, inner.length + 16)
      expect(toHex(concatBytes(recordHeader(ciphertext.byteLength), new Uint8Array(ciphertext)))).toBe(toHex(record))
      expect(toHex(new Uint8Array(await opener.open(record.slice(5))))).toBe(toHex(inner))
      if (type === ContentType.handshake && changesKeys(payload)) {
        sealers.shift()
        openers.shift()
      }
    }
    expect(sealers).toHaveLength(1)
  })
})
