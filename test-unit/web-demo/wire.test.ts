import { describe, expect, it } from 'vitest'
import { acceptTls, connectTls, memoryDuplexPair } from '../../src/index.js'
import { certificatesInMessage } from '../../web-demo/wire/certificate-list.js'
import { countOccurrences } from '../../web-demo/wire/find-bytes.js'
import { pairRecords } from '../../web-demo/wire/pair-records.js'
import { KeptBytes, Recorder } from '../../web-demo/wire/recorder.js'
import { RelayView, splitRecords } from '../../web-demo/wire/relay-view.js'
import { createTestCa, createTestCertificate } from '../support/certificates.js'

const bytes = (text: string) => new TextEncoder().encode(text)
const record = (type: number, ...content: number[]) => Uint8Array.of(type, 3, 3, 0, content.length, ...content)

describe('the recorder', () => {
  it('gives each record what was in it', () => {
    const recorder = new Recorder()
    const hello = Uint8Array.of(1, 0, 0, 0)
    const common = { time: 1, epoch: 'plaintext' } as const
    const handshake = { kind: 'record', contentType: 'handshake', length: 9, contentLength: 4, ...common } as const
    recorder.onEvent({ ...handshake, direction: 'sent' })
    recorder.onEvent({ kind: 'message', direction: 'sent', name: 'client_hello', bytes: hello, ...common })
    recorder.onEvent({ ...handshake, direction: 'received' })
    recorder.onEvent({ kind: 'message', direction: 'received', name: 'server_hello', bytes: hello, ...common })
    const data = { kind: 'record', contentType: 'application_data', time: 2, epoch: 'application' } as const
    recorder.wrote(bytes('GET / HTTP'))
    recorder.onEvent({ ...data, direction: 'sent', length: 26, contentLength: 4 })
    recorder.onEvent({ ...data, direction: 'sent', length: 28, contentLength: 6 })
    // one without content, which gives the page nothing to read
    recorder.onEvent({ ...data, direction: 'received', length: 22, contentLength: 0 })
    recorder.onEvent({ ...data, direction: 'received', length: 24, contentLength: 2 })
    recorder.read(bytes('ok'))
    recorder.onEvent({ ...data, contentType: 'alert', direction: 'sent', length: 24, contentLength: 2 })
    recorder.onEvent({ ...closeNotify, direction: 'sent' })

    const shown = recorder.records.map(({ direction, index, messages, data: content, alert }) => [
      `${direction} ${index}`,
      messages[0]?.name ?? alert?.name ?? (content && new TextDecoder().decode(content)),
    ])
    expect(shown).toEqual([
      ['sent 0', 'client_hello'],
      ['received 0', 'server_hello'],
      ['sent 1', 'GET '],
      ['sent 2', '/ HTTP'],
      ['received 1', undefined],
      ['received 2', 'ok'],
      ['sent 3', 'close_notify'],
    ])
    expect(recorder.records.at(-1)).toMatchObject({ secret: 'client_application_traffic_secret_0', sequenceNumber: 2 })
  })

  it('tells of a real connection what was in each record', async () => {
    const ca = await createTestCa()
    const leaf = await createTestCertificate({ ca, dnsNames: ['localhost'] })
    const [near, far] = memoryDuplexPair()
    const recorder = new Recorder()
    const identities = [{ certificateChain: leaf.chainPem, privateKey: leaf.pkcs8Pem }]
    const server = acceptTls(far, { identities, certificateCompression: false })
    const client = connectTls(near, { serverName: 'localhost', trustAnchors: ca.pem, onEvent: recorder.onEvent })
    await Promise.all([client.opened, server.opened])
    await Promise.all([client.close(), server.close(), client.closed])
    expect(
      recorder.records.map(({ direction, contentType, messages, alert, secret }) =>
        [direction, messages.map(({ name }) => name).join('+') || (alert?.name ?? contentType), secret ?? 'clear'].join(
          ' ',
        ),
      ),
    ).toEqual([
      'sent client_hello clear',
      'received server_hello clear',
      'received change_cipher_spec clear',
      'received encrypted_extensions+certificate+certificate_verify+finished server_handshake_traffic_secret',
      'sent change_cipher_spec clear',
      'sent finished client_handshake_traffic_secret',
      'sent close_notify client_application_traffic_secret_0',
      'received close_notify server_application_traffic_secret_0',
    ])
  })

  it('is bounded, tells of each change of keys, and of the end', () => {
    const recorder = new Recorder()
    const data = {
      kind: 'record',
      direction: 'received',
      epoch: 'application',
      time: 1,
      length: 16_406,
      contentLength: 16_384,
    } as const
    for (let count = 0; count < 5000; count++) {
      recorder.onEvent({ ...data, contentType: 'application_data' })
      recorder.read(new Uint8Array(16_384))
      if (count !== 2500) continue
      recorder.onEvent({ ...data, contentType: 'handshake', length: 27, contentLength: 5 })
      const name = 'key_update'
      recorder.onEvent({ ...data, kind: 'message', name, bytes: Uint8Array.of(24, 0, 0, 1, 0) })
    }
    recorder.onEvent({ ...data, contentType: 'alert', length: 24, contentLength: 2 })
    recorder.onEvent({ ...closeNotify, direction: 'received' })
    expect(recorder.count.received).toBe(5002)
    expect(recorder.records.length).toBeLessThan(20)
    expect(recorder.records.at(-1)).toMatchObject({ index: 5001, alert: { name: 'close_notify' } })
    const afterUpdate = recorder.records.filter(({ secret }) => secret === 'server_application_traffic_secret_1')
    expect(afterUpdate[0]).toMatchObject({ contentType: 'application_data', sequenceNumber: 0 })
    expect(recorder.plaintext.received.bytes.length).toBeLessThanOrEqual(256 * 1024)
  })
})

const closeNotify = { kind: 'alert', time: 3, level: 'warning', name: 'close_notify', description: 0 } as const

describe('the relay’s view', () => {
  it('is cut into records by their headers, the last as far as it was kept', () => {
    const all = Uint8Array.from([...record(22, 1, 2), ...record(23, 3), 23, 3, 3, 0, 9, 1])
    expect(splitRecords(all, 10).map(({ type, length, bytes: kept }) => [type, length, kept.length])).toEqual([
      [22, 7, 7],
      [23, 6, 6],
      [23, 14, 6],
    ])
    expect(splitRecords(all, 1)).toHaveLength(1)
  })

  it('counts what it did not keep', () => {
    const view = new RelayView()
    view.add('sent', bytes('abc'))
    view.setTotal('sent', 1000)
    view.setTotal('sent', 500)
    expect(view.total).toEqual({ sent: 1000, received: 0 })
  })

  it('is put beside the page’s, record by record', () => {
    const page = (direction: 'sent' | 'received', index: number) => ({
      direction,
      index,
      time: 0,
      contentType: 'handshake',
      epoch: 'plaintext',
      secret: undefined,
      sequenceNumber: 0,
      length: 0,
      contentLength: 0,
      messages: [],
      alert: undefined,
      data: undefined,
    })
    const received = splitRecords(Uint8Array.from([...record(22, 1), ...record(20, 1), ...record(23, 2)]), 9)
    const sent = splitRecords(record(22, 1), 9)
    const pairs = pairRecords([page('sent', 0), page('received', 0), page('received', 2), page('sent', 1)], {
      sent,
      received,
    })
    expect(pairs.map(({ page: own, relay }) => [`${own.direction} ${own.index}`, relay?.type])).toEqual([
      ['sent 0', 22],
      ['received 0', 22],
      ['received 2', 23],
      ['sent 1', undefined],
    ])
  })
})

it('finds bytes wherever they are', () => {
  expect(countOccurrences(bytes('banana'), bytes('ana'))).toBe(2)
  expect(countOccurrences(bytes('banan'), bytes('nana'))).toBe(0)
  expect(countOccurrences(bytes('x'), bytes(''))).toBe(0)
})

it('keeps the start of a stream', () => {
  const kept = new KeptBytes()
  for (let count = 0; count < 30; count++) kept.add(new Uint8Array(10_000).fill(count))
  expect(kept.bytes.length).toBe(256 * 1024)
  expect(kept.slice(19_999, 2)).toEqual(Uint8Array.of(1, 2))
})

it('reads the certificates out of a Certificate message', async () => {
  const ca = await createTestCa()
  const leaf = await createTestCertificate({ ca, subject: 'leaf' })
  const entry = (der: Uint8Array) => [0, der.length >> 8, der.length & 255, ...der, 0, 0]
  const entries = [...entry(leaf.der), ...entry(Uint8Array.of(1, 2, 3)), ...entry(ca.der)]
  const list = [0, entries.length >> 8, entries.length & 255, ...entries]
  const message = Uint8Array.from([11, 0, (list.length + 1) >> 8, (list.length + 1) & 255, 0, ...list])
  expect(certificatesInMessage(message).map(({ subject }) => subject)).toEqual(['CN=leaf', 'CN=Test CA'])
  expect(certificatesInMessage(message.subarray(0, 40))).toEqual([])
})
