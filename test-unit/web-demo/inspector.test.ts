import { describe, expect, it } from 'vitest'
import { ItemNames, partsOf, searchText } from '../../web-demo/inspector/items.js'
import { readLink, withLink } from '../../web-demo/inspector/link.js'
import { Recorder } from '../../web-demo/wire/recorder.js'

describe('the link to a message', () => {
  it('comes back as it was written, beside what the address says already', () => {
    const fragment = withLink('host=example.com&port=8443', { item: 'server_hello', field: '1.4' })
    expect(readLink(`#${fragment}`)).toEqual({ item: 'server_hello', field: '1.4' })
    expect(new URLSearchParams(fragment).get('port')).toBe('8443')
    expect(withLink(fragment, undefined)).toBe('host=example.com&port=8443')
  })

  it.each([
    ['', undefined],
    ['#inspect=<script>', undefined],
    ['#inspect=certificate-2&field=x', { item: 'certificate-2', field: '' }],
    ['#inspect=sent-3', { item: 'sent-3', field: '' }],
  ])('%j is read with care', (fragment, link) => expect(readLink(fragment)).toEqual(link))
})

describe('items', () => {
  const recorder = new Recorder()
  const common = { direction: 'received', time: 1, epoch: 'handshake' } as const
  const finished = Uint8Array.of(20, 0, 0, 2, 1, 2)
  for (let count = 0; count < 2; count++) {
    recorder.onEvent({ kind: 'record', contentType: 'handshake', length: 28, contentLength: 6, ...common })
    recorder.onEvent({ kind: 'message', name: 'finished', bytes: finished, ...common })
  }
  const names = new ItemNames()
  const items = recorder.records.flatMap((record) => names.itemsOf(record))

  it('have names that are the same whenever they are asked for', () => {
    const ids = ['received-0', 'finished', 'received-1', 'finished-2']
    expect(items.map(({ id }) => id)).toEqual(ids)
    expect(recorder.records.flatMap((record) => names.itemsOf(record)).map(({ id }) => id)).toEqual(ids)
  })

  it('are found by fields, meanings and secrets', () => {
    const text = searchText(items[1] ?? expect.fail())
    for (const word of ['verify_data', 'hmac', 'server_handshake_traffic_secret']) expect(text).toContain(word)
  })

  it('of a record show what the relay kept of it', () => {
    const bytes = Uint8Array.of(23, 3, 3, 0, 23, 1, 2)
    const [part] = partsOf(items[0] ?? expect.fail(), { index: 0, type: 23, length: 28, bytes })
    expect(part?.field.children.map(({ name }) => name)).toEqual(['type', 'legacy_record_version', 'fragment'])
    expect(partsOf(items[0] ?? expect.fail(), undefined)).toEqual([])
  })
})
