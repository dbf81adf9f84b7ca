import { parseCertificate } from '../../src/certificates/parsed-certificate.js'
import type { DuplexStream } from '../../src/connection/duplex-stream.js'
import type { KeyExchangeGroup, SharedSecret } from '../../src/crypto/groups/group.js'
import type { ReceivedChain } from '../../src/handshake/received-chain.js'
import type { VerifiedPeer } from '../../src/handshake/verified-peer.js'
import { type Bytes, concatBytes } from '../../src/wire/bytes.js'
import { fieldBytes, type Trace, type TraceStep } from '../vectors/rfc8448-trace.js'
import { testProvider } from './provider.js'

/** A record that one side of a trace sends, as it stands on the wire. */
export interface TracedRecord {
  readonly bytes: Bytes
  /** How many handshake messages are joined in it; 0 for other types. */
  readonly messages: number
}

/** The records that one side of a trace sends, in their order. */
export function tracedRecords(trace: Trace, actor: TraceStep['actor']): readonly TracedRecord[] {
  return trace.steps.flatMap((step) => {
    const [, type] = /^send (\w+) record$/.exec(step.step) ?? []
    if (type === undefined || step.actor !== actor) return []
    const messages = type === 'handshake' ? splitMessages(fieldBytes(step, 'payload')).length : 0
    return [{ bytes: fieldBytes(step, 'complete record'), messages }]
  })
}

/** The handshake messages that one side of a trace sends, in their order, each with its name. */
export function tracedMessages(trace: Trace, actor: TraceStep['actor']): readonly (readonly [string, Bytes])[] {
  const names = trace.steps.flatMap(({ actor: by, step }) => {
    const [, name] = /^construct an? (\w+) handshake message$/.exec(step) ?? []
    return name !== undefined && by === actor ? [name] : []
  })
  // from the records, since a ClientHello is shown without its binders where it is made
  const messages = trace.steps
    .filter(({ actor: by, step }) => by === actor && step === 'send handshake record')
    .flatMap((step) => splitMessages(fieldBytes(step, 'payload')))
  if (messages.length !== names.length) throw new Error('the trace sends not what it makes')
  return messages.map((bytes, index) => [names[index] ?? '', bytes] as const)
}

function splitMessages(payload: Bytes): readonly Bytes[] {
  const messages: Bytes[] = []
  for (let offset = 0; offset < payload.length; ) {
    const [, high = 0, middle = 0, low = 0] = payload.subarray(offset)
    const end = offset + 4 + high * 65536 + middle * 256 + low
    messages.push(payload.slice(offset, end))
    offset = end
  }
  return messages
}

/** What one side of a trace sends as application data, in the clear. */
export function tracedData(trace: Trace, actor: TraceStep['actor']): readonly Bytes[] {
  return trace.steps
    .filter(({ actor: by, step }) => by === actor && step === 'send application_data record')
    .map((step) => fieldBytes(step, 'payload'))
}

/** A group whose exchange gives the trace's shared secret: what would be random is known. */
export function tracedGroup(group: KeyExchangeGroup, trace: Trace): KeyExchangeGroup {
  const bytes = trace.bytes('server', 'extract secret "handshake"', 'IKM')
  const sharedSecret: SharedSecret = {
    bytes: async () => bytes,
    hkdfKey: () => testProvider.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveKey', 'deriveBits']),
  }
  return {
    ...group,
    offer: async () => ({ keyShare: new Uint8Array(group.shareLength.client), complete: async () => sharedSecret }),
    respond: async () => ({ keyShare: new Uint8Array(group.shareLength.server), sharedSecret }),
  }
}

/** The traces' certificates are of 2016, with keys of 1024 bits: their signatures are checked, their chains are not. */
export const believePeer = async ({ certificates }: ReceivedChain): Promise<VerifiedPeer> => ({
  certificates: certificates.map(parseCertificate),
  path: [],
})

/** A transport that brings these records at once, and keeps what is written. */
export function tracedTransport(records: readonly Bytes[]): DuplexStream & { written(): Bytes } {
  const chunks: Bytes[] = []
  return {
    readable: new ReadableStream({
      start(controller) {
        for (const record of records) controller.enqueue(record)
      },
    }),
    writable: new WritableStream({
      write(chunk: Uint8Array) {
        chunks.push(Uint8Array.from(chunk))
      },
    }),
    written: () => concatBytes(...chunks),
  }
}
