import { describe, expect, it } from 'vitest'
import { TlsError } from '../../src/errors/tls-error.js'
import { creditedStream, type MessageLink } from '../../src/transports/credited-stream.js'
import { initialCredit } from '../../src/transports/relay-frames.js'
import { type RelayedLink, relayedStream } from '../../src/transports/relayed-stream.js'

const relayedLink = (claim: RelayedLink['claim']): RelayedLink => ({
  claim,
  unclaim: () => undefined,
  sendData: () => undefined,
  sendCredit: () => undefined,
  sendEnd: () => undefined,
  sendReset: () => undefined,
  finished: () => undefined,
})
const messageLink: MessageLink = {
  send: () => undefined,
  ready: () => undefined,
  close: () => undefined,
  maxDataLength: 1000,
}
const lost = new TlsError('transport_failed', 'the link was lost')
const soon = () => new Promise((resolve) => setTimeout(resolve, 5))

describe('a write whose bytes were not all sent', () => {
  it('rejects with what ended the stream, when it waits for credit of the relay', async () => {
    const stream = relayedStream(
      relayedLink((wanted) => wanted),
      initialCredit,
    )
    const writing = stream.writable.getWriter().write(new Uint8Array(initialCredit + 1))
    writing.catch(() => undefined)
    await soon()
    stream.fail(lost)
    await expect(writing).rejects.toBe(lost)
  })

  it('rejects with what ended the stream, when it waits for the link', async () => {
    const link = relayedLink(
      (_, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(0))),
    )
    const stream = relayedStream(link, initialCredit)
    const writing = stream.writable.getWriter().write(new Uint8Array(1))
    writing.catch(() => undefined)
    await soon()
    stream.fail(lost)
    await expect(writing).rejects.toBe(lost)
  })

  it('rejects when the stream is aborted', async () => {
    const stream = relayedStream(
      relayedLink((wanted) => wanted),
      initialCredit,
    )
    const writer = stream.writable.getWriter()
    const writing = writer.write(new Uint8Array(initialCredit + 1))
    writing.catch(() => undefined)
    await soon()
    await writer.abort()
    await expect(writing).rejects.toMatchObject({ code: 'closed' })
  })

  it('rejects when the other end of a link with credit stops reading, or the link is lost', async () => {
    for (const [end, code] of [
      [(stream: ReturnType<typeof creditedStream>) => stream.take({ kind: 'stop' }), 'closed'],
      [(stream: ReturnType<typeof creditedStream>) => stream.fail(lost), 'transport_failed'],
    ] as const) {
      const stream = creditedStream(messageLink, 1000)
      stream.start()
      stream.take({ kind: 'credit', bytes: 10 })
      const writing = stream.writable.getWriter().write(new Uint8Array(11))
      writing.catch(() => undefined)
      await soon()
      end(stream)
      await expect(writing).rejects.toMatchObject({ code })
    }
  })

  it('is no matter of one that was sent whole before the stream closed', async () => {
    const stream = creditedStream(messageLink, 1000)
    stream.start()
    stream.take({ kind: 'credit', bytes: 10 })
    const writer = stream.writable.getWriter()
    await writer.write(new Uint8Array(10))
    await writer.close()
  })
})
