import { createHash, createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { rejection } from '../support/deadline.js'
import { connectScripted, openScripted } from '../support/scripted-connection.js'

/** RFC 9846 section 7.5 once more, on node:crypto, from a secret in the key log. */
function reference(hash: string, secret: Buffer, label: string, context: Uint8Array, length: number): string {
  const digest = (data: Uint8Array) => createHash(hash).update(data).digest()
  const hashLength = digest(Buffer.alloc(0)).length
  const expandLabel = (key: Buffer, name: string, hashed: Buffer, size: number) => {
    const full = Buffer.from(`tls13 ${name}`)
    const info = Buffer.concat([
      Buffer.from([size >> 8, size & 0xff, full.length]),
      full,
      Buffer.from([hashed.length]),
      hashed,
    ])
    let block = Buffer.alloc(0)
    const blocks: Buffer[] = []
    for (let counter = 1; blocks.length * hashLength < size; counter++) {
      block = createHmac(hash, key)
        .update(Buffer.concat([block, info, Buffer.from([counter])]))
        .digest()
      blocks.push(block)
    }
    return Buffer.concat(blocks).subarray(0, size)
  }
  const derived = expandLabel(secret, label, digest(Buffer.alloc(0)), hashLength)
  return expandLabel(derived, 'exporter', digest(context), length).toString('hex')
}

async function openWithLog(suite: 'TLS_AES_128_GCM_SHA256' | 'TLS_AES_256_GCM_SHA384') {
  const lines: string[] = []
  const connection = await openScripted({ suite }, { keyLog: (line) => lines.push(line) })
  const [, , secret = ''] = lines.find((line) => line.startsWith('EXPORTER_SECRET'))?.split(' ') ?? []
  return { ...connection, secret: Buffer.from(secret, 'hex'), lines }
}

describe('exportKeyingMaterial', () => {
  it.each([
    ['TLS_AES_128_GCM_SHA256', 'sha256'],
    ['TLS_AES_256_GCM_SHA384', 'sha384'],
    //= rfc9846#section-7.5 7.5-1
  ] as const)('with %s is what RFC 9846 section 7.5 says', async (suite, hash) => {
    const { socket, secret } = await openWithLog(suite)
    for (const [label, context, length] of [
      ['EXPORTER-Channel-Binding', undefined, 32],
      ['EXPERIMENTAL some label', Uint8Array.of(1, 2, 3), 1],
      ['EXPERIMENTAL some label', new Uint8Array(65535), 100],
    ] as const) {
      const material = await socket.exportKeyingMaterial(label, context, length)
      expect(Buffer.from(material).toString('hex')).toBe(
        reference(hash, secret, label, context ?? new Uint8Array(), length),
      )
    }
  })

  it('is of the context as it was at the call, however long the handshake takes', async () => {
    const { socket, handshaken } = await connectScripted()
    const context = Uint8Array.of(1, 2, 3)
    const early = socket.exportKeyingMaterial('EXPERIMENTAL some label', context, 32)
    context.fill(0)
    await Promise.all([socket.opened, handshaken])
    expect(await early).toEqual(
      await socket.exportKeyingMaterial('EXPERIMENTAL some label', Uint8Array.of(1, 2, 3), 32),
    )
  })

  it('is the same without a context and with an empty one, and another with any other', async () => {
    const { socket } = await openScripted()
    const [none, empty, other] = await Promise.all([
      socket.exportKeyingMaterial('EXPERIMENTAL', undefined, 16),
      socket.exportKeyingMaterial('EXPERIMENTAL', new Uint8Array(), 16),
      socket.exportKeyingMaterial('EXPERIMENTAL', Uint8Array.of(0), 16),
    ])
    expect(empty).toEqual(none)
    expect(other).not.toEqual(none)
  })

  it('stays the same after KeyUpdates', async () => {
    const { socket, server } = await openScripted()
    const before = await socket.exportKeyingMaterial('EXPERIMENTAL', undefined, 32)
    await socket.updateKeys()
    await server.sendKeyUpdate()
    expect(await socket.exportKeyingMaterial('EXPERIMENTAL', undefined, 32)).toEqual(before)
  })

  it('differs from one connection to the next', async () => {
    const [one, two] = await Promise.all([openScripted(), openScripted()])
    expect(await one.socket.exportKeyingMaterial('EXPERIMENTAL', undefined, 32)).not.toEqual(
      await two.socket.exportKeyingMaterial('EXPERIMENTAL', undefined, 32),
    )
  })

  it.each([
    ['an empty label', '', undefined, 16],
    ['a label of 250 bytes', 'x'.repeat(250), undefined, 16],
    ['a label that is not ASCII', 'ü', undefined, 16],
    ['no bytes', 'EXPERIMENTAL', undefined, 0],
    ['more than 255 blocks', 'EXPERIMENTAL', undefined, 255 * 32 + 1],
    ['a broken length', 'EXPERIMENTAL', undefined, 1.5],
    ['a context of 65536 bytes', 'EXPERIMENTAL', new Uint8Array(65536), 16],
  ])('refuses %s with invalid_argument', async (_what, label, context, length) => {
    const { socket } = await openScripted()
    expect(await rejection(socket.exportKeyingMaterial(label, context, length), 'export')).toMatchObject({
      name: 'TlsError',
      code: 'invalid_argument',
    })
  })
})

describe('the key log', () => {
  it('has a line for each secret, with the client random, as Wireshark reads them', async () => {
    const { lines, server } = await openWithLog('TLS_AES_128_GCM_SHA256')
    const random = Buffer.from(server.clientHellos[0]?.body.random ?? []).toString('hex')
    expect(lines.map((line) => line.split(' ')[0])).toEqual(
      expect.arrayContaining([
        'CLIENT_HANDSHAKE_TRAFFIC_SECRET',
        'SERVER_HANDSHAKE_TRAFFIC_SECRET',
        'CLIENT_TRAFFIC_SECRET_0',
        'SERVER_TRAFFIC_SECRET_0',
        'EXPORTER_SECRET',
      ]),
    )
    for (const line of lines) expect(line).toMatch(new RegExp(`^[A-Z_0-9]+ ${random} [0-9a-f]{64}$`))
  })
})
