import { describe, expect, it } from 'vitest'
import type { TlsEvent } from '../../src/handshake/observer.js'
import { rejection } from '../support/deadline.js'
import { connectScripted, openScripted } from '../support/scripted-connection.js'

describe('a padding policy', () => {
  it('that throws ends the connection, and nothing rejects with another error', async () => {
    let isBroken = false
    const { socket } = await openScripted(
      {},
      {
        padding: (length) => {
          if (isBroken) throw new RangeError('a bug of the application')
          return length
        },
      },
    )
    isBroken = true
    const failure = { code: 'internal', message: /a bug of the application/ }
    expect(await rejection(socket.writable.getWriter().write(Uint8Array.of(1)), 'the write')).toMatchObject({
      ...failure,
      message: expect.stringMatching(failure.message),
    })
    expect(await rejection(socket.closed, 'closed')).toMatchObject({ code: 'internal' })
  })

  it('that ends the connection leaves the record unsent', async () => {
    let close: () => void = () => undefined
    const { socket, server } = await openScripted(
      {},
      {
        padding: (length) => {
          const once = close
          close = () => undefined
          once()
          return length
        },
      },
    )
    close = () => void socket.close('enough')
    const writing = socket.writable.getWriter().write(Uint8Array.of(1))
    expect(await rejection(writing, 'the write')).toMatchObject({ code: 'aborted' })
    expect(await rejection(server.next(), 'the end')).toMatchObject({ code: 'aborted' })
  })
})

describe('a listener of onEvent that ends the connection when a record is sent', () => {
  async function closeWhenSent(isMeant: (event: Extract<TlsEvent, { kind: 'record' }>) => boolean) {
    let close: () => void = () => undefined
    const connection = await connectScripted(
      {},
      {
        onEvent: (event) => {
          if (event.kind === 'record' && event.direction === 'sent' && isMeant(event)) close()
        },
      },
    )
    const { socket } = connection
    close = () => {
      close = () => undefined
      void socket.close('enough')
    }
    const writing = socket.writable.getWriter().write(Uint8Array.of(1))
    const written = writing.then(
      () => 'written',
      (error: unknown) => error,
    )
    expect(await rejection(socket.closed, 'closed')).toMatchObject({ code: 'aborted' })
    return { ...connection, written: await written }
  }

  it('has the alerts behind the ClientHello that it was told of', async () => {
    const { server, handshaken, written } = await closeWhenSent(({ contentType }) => contentType === 'handshake')
    expect(written).toMatchObject({ code: 'aborted' })
    await handshaken.catch(() => undefined)
    while ((await server.next()).kind !== 'end');
    expect(server.recordTypes).toEqual(['handshake', 'alert', 'alert'])
  })

  it('has writes reject with its reason, if at all', async () => {
    const { written } = await closeWhenSent(({ contentType }) => contentType === 'application_data')
    if (written !== 'written') expect(written).toMatchObject({ code: 'aborted' })
  })
})
