import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { acceptTls } from '../../src/connection/accept-tls.js'
import { TlsClientConfig } from '../../src/connection/client-config.js'
import { connectTls } from '../../src/connection/connect-tls.js'
import type { DuplexStream } from '../../src/connection/duplex-stream.js'
import { TlsServerConfig } from '../../src/connection/server-config.js'
import type { TlsSocket } from '../../src/connection/tls-socket.js'
import { TlsError } from '../../src/errors/tls-error.js'
import { memoryDuplexPair } from '../../src/transports/memory-pair.js'
import { type Bytes, concatBytes } from '../../src/wire/bytes.js'
import { serverOptions } from '../support/accepted-connection.js'
import { clientIdentity } from '../support/client-identity.js'
import { within } from '../support/deadline.js'
import { identityOptions } from '../support/pair.js'
import { clientOptions } from '../support/scripted-connection.js'
import { pattern } from '../support/streams.js'

/** What happens to the record number `at` of one direction. */
interface Fault {
  readonly from: 'client' | 'server'
  readonly at: number
  readonly kind: 'cut' | 'truncate' | 'corrupt' | 'duplicate' | 'drop' | 'swap' | 'insert'
  /** Where in the record, as a fraction. */
  readonly place: number
}

const up = pattern(3000, 11)
const down = pattern(5000, 12)

describe('whatever happens to the records between our client and our server', () => {
  it('both end in time with a TlsError or cleanly, and give out nothing that the other did not write', async () => {
    const [client, server] = await configs()
    const fault = fc.record<Fault>({
      from: fc.constantFrom('client', 'server'),
      at: fc.nat(9),
      kind: fc.constantFrom('cut', 'truncate', 'corrupt', 'duplicate', 'drop', 'swap', 'insert'),
      place: fc.double({ min: 0, max: 0.999, noNaN: true }),
    })
    await fc.assert(
      fc.asyncProperty(fault, async (broken) => {
        const [near, middleNear] = memoryDuplexPair()
        const [middleFar, far] = memoryDuplexPair()
        const clientSocket = connectTls(near, client)
        const serverSocket = acceptTls(far, server)
        const relays = [
          relay(middleNear, middleFar, broken.from === 'client' ? broken : undefined),
          relay(middleFar, middleNear, broken.from === 'server' ? broken : undefined),
        ]
        const [atClient, atServer] = await within(
          Promise.all([use(clientSocket, up), use(serverSocket, down)]),
          JSON.stringify(broken),
          10_000,
        )
        await Promise.allSettled(relays)
        for (const [outcome, sent] of [
          [atClient, down],
          [atServer, up],
        ] as const) {
          expect(outcome.received).toEqual(sent.slice(0, outcome.received.length))
          if (outcome.failure === undefined) expect(outcome.received).toEqual(sent)
          else expect(outcome.failure).toBeInstanceOf(TlsError)
        }
      }),
      { numRuns: 60 },
    )
  }, 60_000)
})

/** Writes all, reads all, and tells how it ended. A side that waits for ever for a lost record is given up on. */
async function use(socket: TlsSocket, data: Bytes): Promise<{ received: Bytes; failure: unknown }> {
  const parts: Uint8Array[] = []
  let failure: unknown
  const keepFirst = (error: unknown) => {
    failure ??= error
  }
  const timer = setTimeout(() => void socket.close(new Error('nothing comes any more')), 400)
  const read = (async () => {
    for await (const chunk of socket.readable) parts.push(chunk)
  })().catch(keepFirst)
  const writer = socket.writable.getWriter()
  const write = (async () => {
    await writer.write(data)
    await writer.close()
    // close() of a stream that has failed meanwhile is a TypeError of the platform; `closed` has what it failed with
  })().catch(() => undefined)
  await Promise.all([read, write])
  await socket.closed.catch(keepFirst)
  clearTimeout(timer)
  return { received: concatBytes(...parts), failure }
}

/** Passes bytes on, record by record, with one fault. */
async function relay(from: DuplexStream, to: DuplexStream, fault: Fault | undefined): Promise<void> {
  const writer = to.writable.getWriter()
  let pending: Bytes = new Uint8Array()
  let held: Bytes | undefined
  let count = 0
  try {
    for await (const chunk of from.readable) {
      pending = concatBytes(pending, chunk)
      for (;;) {
        const length = 5 + ((pending[3] ?? 0) << 8) + (pending[4] ?? 0)
        if (pending.length < 5 || pending.length < length) break
        const record = pending.slice(0, length)
        pending = pending.slice(length)
        const isHit = fault?.at === count++
        if (isHit && fault?.kind === 'swap') {
          held = record
          continue
        }
        const { output, ends } = isHit && fault ? apply(fault, record) : { output: [record], ends: false }
        for (const bytes of output) await writer.write(bytes)
        if (held) await writer.write(held)
        held = undefined
        if (ends) return await writer.close()
      }
    }
    await writer.close()
  } catch (error) {
    await writer.abort(error)
  }
}

function apply({ kind, place }: Fault, record: Bytes): { output: readonly Bytes[]; ends: boolean } {
  const at = Math.floor(place * record.length)
  switch (kind) {
    case 'cut':
      return { output: [], ends: true }
    case 'truncate':
      return { output: [record.slice(0, at)], ends: true }
    case 'corrupt':
      return { output: [record.map((byte, index) => (index === at ? byte ^ 0x10 : byte))], ends: false }
    case 'duplicate':
      return { output: [record, record.slice()], ends: false }
    case 'drop':
      return { output: [], ends: false }
    case 'insert':
      return { output: [Uint8Array.of(23, 3, 3, 0, 20, ...pattern(20, at)), record], ends: false }
    default:
      return { output: [record], ends: false }
  }
}

async function configs() {
  const identity = await clientIdentity()
  return await Promise.all([
    TlsClientConfig.create(await clientOptions({ identity: [identityOptions(identity)] })),
    TlsServerConfig.create(await serverOptions({ clientAuth: 'optional', clientTrustAnchors: identity.ca.pem })),
  ])
}
