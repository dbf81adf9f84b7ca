import { it } from 'vitest'
import type { TlsClientOptions } from '../../src/connection/client-config.js'
import { type Bytes, noBytes } from '../../src/wire/bytes.js'
import type { HandshakeScript } from './handshake-script.js'
import { connectScripted, expectRefusal, type Refusal } from './scripted-connection.js'

export interface RefusalRow extends Refusal {
  /** What the server does, as it goes on after "refuses". */
  readonly what: string
  readonly script: HandshakeScript | (() => Promise<HandshakeScript>)
  readonly options?: Partial<TlsClientOptions>
}

/** A test for each row: the client breaks the handshake off with this very code, message and alert. */
export function itRefuses(rows: readonly RefusalRow[]): void {
  it.each(rows)('refuses $what with $alert', async ({ script, options, ...refusal }) => {
    const settled = typeof script === 'function' ? await script() : script
    const { socket, server } = await connectScripted(settled, options)
    await expectRefusal(socket, server, refusal)
  })
}

interface Extension {
  readonly type: number
  readonly data: Bytes
}

type WithExtensions = { readonly extensions: readonly Extension[] }

/** Adds extensions at the end of a body's block, in the place of those of the same type. */
export const withExtensions =
  (...added: readonly Extension[]) =>
  <B extends WithExtensions>(body: B): B => ({
    ...body,
    extensions: [...body.extensions.filter(({ type }) => !added.some((each) => each.type === type)), ...added],
  })

export const withoutExtension =
  (unwanted: number) =>
  <B extends WithExtensions>(body: B): B => ({
    ...body,
    extensions: body.extensions.filter(({ type }) => type !== unwanted),
  })

export const extensionOf = (type: number, ...data: readonly number[]): Extension => ({
  type,
  data: data.length === 0 ? noBytes : Uint8Array.from(data),
})

/** Adds raw extensions behind those of a message that ends in its extension block, correcting all lengths. */
export function appendExtensions(message: Bytes, blockOffset: number, ...added: readonly Extension[]): Bytes {
  const extra = added.flatMap(({ type, data }) => [
    type >> 8,
    type & 0xff,
    data.length >> 8,
    data.length & 0xff,
    ...data,
  ])
  const bytes = [...message, ...extra]
  const blockLength = bytes.length - blockOffset - 2
  bytes.splice(blockOffset, 2, blockLength >> 8, blockLength & 0xff)
  const bodyLength = bytes.length - 4
  bytes.splice(1, 3, bodyLength >> 16, (bodyLength >> 8) & 0xff, bodyLength & 0xff)
  return Uint8Array.from(bytes)
}

/** Where the extension block of a ServerHello or HelloRetryRequest with a session id of 32 bytes begins. */
export const helloBlockOffset = 4 + 2 + 32 + 1 + 32 + 2 + 1
