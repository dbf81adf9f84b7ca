import { createServer } from 'node:net'
import { connect } from 'node:tls'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { connectTls, memoryDuplexPair } from '../../../src/index.js'
import { ClientHelloPeek, HelloError } from '../../../src/relay/reverse/client-hello-peek.js'
import { createSelfSigned } from '../../../src/x509.js'

let fromNode: Buffer
let fromUs: Buffer

beforeAll(async () => {
  fromNode = await new Promise((resolve) => {
    const server = createServer((socket) => {
      socket.once('data', (bytes) => {
        resolve(bytes)
        socket.destroy()
      })
    })
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      connect({ host: '127.0.0.1', port, servername: 'Tab.Example.com' }).on('error', () => server.close())
    })
  })
  const [client, server] = memoryDuplexPair()
  const { pem } = await createSelfSigned({ subject: { CN: 'x' }, dnsNames: ['x.example'] })
  const socket = connectTls(client, { serverName: 'ours.example.com', trustAnchors: pem })
  fromUs = Buffer.from((await server.readable.getReader().read()).value ?? [])
  await socket.close('seen enough')
}, 20_000)

/** The name after the last piece, which is needed. */
function peeked(pieces: readonly Uint8Array[], maxBytes = 65_536): string | undefined {
  const peek = new ClientHelloPeek(maxBytes)
  const [last, ...others] = [...pieces].reverse()
  for (const piece of others.reverse()) expect(peek.push(piece)).toBeUndefined()
  return peek.push(last ?? new Uint8Array(0))
}

const record = (fragment: Uint8Array, type = 22) =>
  Buffer.concat([Uint8Array.of(type, 3, 1, fragment.length >> 8, fragment.length & 255), fragment])

const alertOf = (pieces: readonly Uint8Array[], maxBytes?: number) => {
  try {
    return `no error: ${peeked(pieces, maxBytes)}`
  } catch (error) {
    if (!(error instanceof HelloError)) throw error
    return error.alert
  }
}

/** A ClientHello with these extensions, or these bytes in their place. */
function hello(extensions: Uint8Array, sessionId = new Uint8Array(0)): Buffer {
  const body = Buffer.concat([
    Uint8Array.of(3, 3),
    new Uint8Array(32),
    Uint8Array.of(sessionId.length),
    sessionId,
    Uint8Array.of(0, 2, 0x13, 0x01, 1, 0),
    extensions,
  ])
  return Buffer.concat([Uint8Array.of(1, 0, body.length >> 8, body.length & 255), body])
}

const withLength = (...parts: readonly Uint8Array[]) => {
  const all = Buffer.concat(parts)
  return Buffer.concat([Uint8Array.of(all.length >> 8, all.length & 255), all])
}
const serverName = (host: string, kind = 0) =>
  Buffer.concat([
    Uint8Array.of(0, 0),
    withLength(withLength(Uint8Array.of(kind), withLength(Buffer.from(host, 'latin1')))),
  ])
const named = (...hosts: readonly string[]) => record(hello(withLength(...hosts.map((host) => serverName(host)))))

describe('the peek at a ClientHello', () => {
  it("reads the name of node's client and of ours, in lower case", () => {
    expect(peeked([fromNode])).toBe('tab.example.com')
    expect(peeked([fromUs])).toBe('ours.example.com')
  })

  it('does so however it is cut into records and packets', () => {
    const message = fromNode.subarray(5)
    const cuts = (length: number) => fc.array(fc.integer({ min: 1, max: length - 1 }), { maxLength: 30 })
    fc.assert(
      fc.property(
        cuts(message.length),
        fc.array(fc.integer({ min: 1, max: 4000 }), { maxLength: 30 }),
        (records, packets) => {
          const wire = Buffer.concat(split(message, records).map((fragment) => record(fragment)))
          // one byte alone at the end: everything before it is not enough
          const pieces = split(wire, [...packets.filter((at) => at < wire.length), wire.length - 1])
          return peeked(pieces) === 'tab.example.com'
        },
      ),
    )
  })

  it('does not look at what follows', () => {
    expect(peeked([Buffer.concat([named('a.example'), Uint8Array.of(255, 255)])])).toBe('a.example')
  })

  it.each([
    ['HTTP', () => [Buffer.from('GET / HTTP/1.1\r\n\r\n')], undefined],
    ['SSH', () => [Buffer.from('SSH-2.0-x\r\n')], undefined],
    ['an alert first', () => [record(Uint8Array.of(2, 40), 21)], 10],
    ['data first', () => [record(Uint8Array.of(1, 2, 3), 23)], 10],
    ['a version of SSL 2', () => [Uint8Array.of(22, 2, 0, 0, 1)], undefined],
    ['a ServerHello', () => [record(Uint8Array.of(2, 0, 0, 1, 0))], 10],
    ['an empty fragment', () => [record(new Uint8Array(0))], 10],
    ['a record too long', () => [Uint8Array.of(22, 3, 1, 0x40, 0x01)], 22],
    ['no extensions', () => [record(hello(new Uint8Array(0)))], 109],
    ['no server_name', () => [record(hello(withLength(Uint8Array.of(0, 10, 0, 0))))], 109],
    ['two server_names', () => [named('a.example', 'b.example')], 47],
    ['a name of another type', () => [record(hello(withLength(serverName('a.example', 1))))], 50],
    ['a name that is none', () => [named('a.example/..')], 50],
    ['an empty name', () => [named('')], 50],
    ['a name with a dot at its end', () => [named('a.example.')], 50],
    ['a name with a zero byte', () => [named('a.example\0b')], 50],
    [
      'bytes behind the extensions',
      () => [record(hello(Buffer.concat([withLength(serverName('a')), Uint8Array.of(0)])))],
      50,
    ],
    ['extensions that end early', () => [record(hello(Uint8Array.of(0, 9, 0, 0)))], 50],
    ['a hello longer than is taken', () => [record(Uint8Array.of(1, 1, 0, 0))], 50],
  ] as const)('refuses %s', (_, pieces, alert) => {
    expect(alertOf(pieces())).toBe(alert)
  })

  it('takes no more bytes than it may, in records of one byte either', () => {
    const message = hello(
      withLength(serverName('a.example'), Buffer.concat([Uint8Array.of(0, 21), withLength(new Uint8Array(500))])),
    )
    expect(
      alertOf(
        [...message].map((byte) => record(Uint8Array.of(byte))),
        1000,
      ),
    ).toBe(50)
    expect(peeked([record(message)], 1000)).toBe('a.example')
  })

  it('is never anything but a name, a wait or a HelloError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, isBody) => {
        try {
          const name = new ClientHelloPeek(1000).push(
            isBody ? record(Uint8Array.of(1, 0, 0, bytes.length, ...bytes)) : bytes,
          )
          return name === undefined || name.length > 0
        } catch (error) {
          return error instanceof HelloError
        }
      }),
    )
  })
})

function split(bytes: Uint8Array, places: readonly number[]): readonly Uint8Array[] {
  const sorted = [0, ...new Set([...places].sort((a, b) => a - b)), bytes.length]
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end))
}
