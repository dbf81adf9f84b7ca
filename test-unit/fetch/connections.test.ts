import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { isPending, within } from '../support/deadline.js'
import { answerOf, failure, rawServer, testFetch, webServer } from './support.js'

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

describe('connections', () => {
  it('are kept for the next request, and only for their origin', async () => {
    const { port, connections } = await webServer((_, response) => response.end('x'))
    const fetch = await testFetch()
    for (let round = 0; round < 5; round++) await (await fetch(`https://one.test:${port}/`)).text()
    expect(connections.total).toBe(1)
    await (await fetch(`https://two.test:${port}/`)).text()
    expect(connections.total).toBe(2)
  })

  it('are so many as allowed; others wait in turn, and never share one at a time', async () => {
    let atOnce = 0
    let most = 0
    const { port, connections } = await webServer((_, response) => {
      most = Math.max(most, ++atOnce)
      setTimeout(() => {
        atOnce--
        response.end('x')
      }, 20)
    })
    const fetch = await testFetch({ maxConnectionsPerOrigin: 3 })
    const texts = Array.from({ length: 20 }, async () => await (await fetch(`https://one.test:${port}/`)).text())
    expect(await within(Promise.all(texts), 'twenty answers')).toEqual(Array(20).fill('x'))
    expect([most, connections.total]).toEqual([3, 3])
  })

  it('are not used while a response is being read; a small one that nobody reads is no hindrance', async () => {
    const { port, connections } = await webServer((request, response) => {
      response.end(request.url === '/large' ? Buffer.alloc(5_000_000) : 'x')
    })
    const fetch = await testFetch({ maxConnectionsPerOrigin: 1 })
    const large = await fetch(`https://one.test:${port}/large`)
    const waiting = fetch(`https://one.test:${port}/`)
    expect(await isPending(waiting, 200)).toBe(true)
    expect((await large.arrayBuffer()).byteLength).toBe(5_000_000)
    await within(waiting, 'the one that waited')
    await (await within(fetch(`https://one.test:${port}/`), 'behind one that nobody read')).text()
    expect(connections.total).toBe(1)
  })

  it('are given back by responses that were thrown away, and never taken from one that is being read', async () => {
    const { port } = await webServer((_, response) => response.end(Buffer.alloc(8_000_000)))
    const fetch = await testFetch({ maxConnectionsPerOrigin: 1 })
    const collectGarbage = exposedGc()
    // only a reader is held of it
    const reader = (await fetch(`https://one.test:${port}/`)).body?.getReader()
    let length = 0
    let chunks = 0
    for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
      length += read.value.length
      if (chunks++ % 40 !== 0) continue
      collectGarbage()
      await pause(0)
    }
    expect(length).toBe(8_000_000)
    await (async () => void (await fetch(`https://one.test:${port}/`)))()
    const next = fetch(`https://one.test:${port}/`)
    for (let round = 0; round < 50 && (await isPending(next, 20)); round++) collectGarbage()
    await (await within(next, 'the next request')).body?.cancel()
  })

  it('whose response was cancelled are cut, and another one may be opened', async () => {
    const { port, connections } = await webServer((request, response) => {
      if (request.url === '/endless') setInterval(() => response.write(Buffer.alloc(10_000)), 5).unref()
      else response.end('x')
    })
    const fetch = await testFetch({ maxConnectionsPerOrigin: 1 })
    const response = await fetch(`https://one.test:${port}/endless`)
    await response.body?.cancel()
    expect(await (await within(fetch(`https://one.test:${port}/`), 'the next')).text()).toBe('x')
    expect(connections.total).toBe(2)
  })

  it('are closed when nobody uses them, and when fetch is closed', async () => {
    const { port, connections } = await webServer((_, response) => response.end('x'))
    const brief = await testFetch({ idleTimeoutMs: 50 })
    await (await brief(`https://one.test:${port}/`)).text()
    await pause(300)
    expect(connections).toEqual({ total: 1, open: 0 })
    const fetch = await testFetch()
    await (await fetch(`https://one.test:${port}/`)).text()
    fetch.close()
    await pause(300)
    expect(connections).toEqual({ total: 2, open: 0 })
    expect(await failure(fetch(`https://one.test:${port}/`))).toMatchObject({ name: 'TypeError' })
  })

  it('that the server closed while idle, or on which it says what nobody asked, are not used again', async () => {
    const server = await rawServer((socket, { connection }) => {
      socket.write(answerOf(`from ${connection}`))
      if (connection === 0) setTimeout(() => socket.end(), 10)
      if (connection === 1) setTimeout(() => socket.write(answerOf('unasked')), 10)
    })
    const fetch = await testFetch()
    for (const connection of [0, 1, 2, 2]) {
      expect(await (await fetch(`https://one.test:${server.port}/`)).text()).toBe(`from ${connection}`)
      await pause(100)
    }
  })

  it('on which more than the answer came are not used again: the rest could pass for the next answer', async () => {
    const server = await rawServer((socket, { connection }) => {
      socket.write(answerOf(`from ${connection}`) + (connection === 0 ? answerOf('poison') : ''))
    })
    const fetch = await testFetch()
    for (const connection of [0, 1]) {
      expect(await (await fetch(`https://one.test:${server.port}/`)).text()).toBe(`from ${connection}`)
    }
  })

  it('are not kept when the server says so, or speaks HTTP/1.0', async () => {
    const server = await rawServer((socket, { connection }) => {
      if (connection === 0) socket.write(answerOf('x', 'Connection: close\r\n'))
      else socket.write(answerOf('x').replace('HTTP/1.1', 'HTTP/1.0'))
    })
    const fetch = await testFetch()
    for (let round = 0; round < 3; round++) await (await fetch(`https://one.test:${server.port}/`)).text()
    expect(server.connections()).toBe(3)
  })
})

describe('a kept connection that the server ended meanwhile', () => {
  /** Answers the first request of the first connection and cuts it at the second. */
  const forgetful = () =>
    rawServer((socket, { connection, index }) => {
      if (connection === 0 && index === 1) socket.destroy()
      else socket.write(answerOf(`from ${connection}`))
    })

  it.each([
    ['GET', undefined],
    ['PUT', 'body'],
    ['DELETE', undefined],
  ])('is replaced once for %s', async (method, body) => {
    const { port, heads } = await forgetful()
    const fetch = await testFetch()
    await (await fetch(`https://one.test:${port}/`)).text()
    const init = body === undefined ? { method } : { method, body }
    expect(await (await fetch(`https://one.test:${port}/`, init)).text()).toBe('from 1')
    expect(heads).toHaveLength(3)
  })

  it.each([
    ['POST, which is not idempotent', { method: 'POST', body: 'x' }],
    [
      'a stream, which is used up',
      {
        method: 'PUT',
        body: new ReadableStream({
          async pull(controller) {
            await pause(50)
            controller.enqueue(new Uint8Array(10))
          },
        }),
        duplex: 'half',
      },
    ],
  ] as [string, RequestInit][])('is an error for %s', async (_what, init) => {
    const { port, heads } = await forgetful()
    const fetch = await testFetch()
    await (await fetch(`https://one.test:${port}/`)).text()
    expect(await failure(fetch(`https://one.test:${port}/`, init))).toMatchObject({ name: 'TypeError' })
    expect(heads).toHaveLength(2)
  })

  it('is an error on a new connection, and after a part of the answer', async () => {
    const server = await rawServer((socket, { connection, index }) => {
      if (connection === 0 && index === 0) socket.write(answerOf('x'))
      else socket.end('HTTP/1.1 200 OK\r\nA')
    })
    const fetch = await testFetch()
    await (await fetch(`https://one.test:${server.port}/`)).text()
    expect(await failure(fetch(`https://one.test:${server.port}/`))).toMatchObject({ code: 'incomplete' })
    expect(await failure(fetch(`https://one.test:${server.port}/`))).toMatchObject({ code: 'incomplete' })
    expect(server.connections()).toBe(2)
  })
})

describe('abort', () => {
  it('rejects with the signal’s reason in each phase, and frees the connection', async () => {
    const server = await rawServer((socket, { head }) => {
      if (head.includes('/body')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart')
    })
    const base = `https://one.test:${server.port}`
    const reason = new Error('enough')
    const aborting = (milliseconds: number) => {
      const controller = new AbortController()
      setTimeout(() => controller.abort(reason), milliseconds)
      return controller.signal
    }
    const fetch = await testFetch({ maxConnectionsPerOrigin: 1 })
    await expect(fetch(base, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    // waits for the head
    const head = fetch(base, { signal: aborting(200) })
    // waits for its turn
    await expect(within(fetch(base, { signal: aborting(50) }), 'in the queue')).rejects.toBe(reason)
    await expect(within(head, 'for the head')).rejects.toBe(reason)
    // reads the body
    const response = await within(fetch(`${base}/body`, { signal: aborting(300) }), 'the next connection')
    await expect(within(response.text(), 'the body')).rejects.toBe(reason)
    // dials
    const dialling = await testFetch({ dial: () => new Promise(() => undefined) })
    await expect(within(dialling(base, { signal: aborting(50) }), 'while dialling')).rejects.toBe(reason)
  })

  it('ends a request whose body is being sent, and cancels the body', async () => {
    const server = await rawServer(() => undefined)
    let cancelled: unknown
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await pause(5)
        controller.enqueue(new Uint8Array(1000))
      },
      cancel(reason) {
        cancelled = reason
      },
    })
    const controller = new AbortController()
    const fetch = await testFetch()
    const init = { method: 'POST', body, duplex: 'half', signal: controller.signal } as RequestInit
    const fetching = fetch(`https://one.test:${server.port}/`, init)
    setTimeout(() => controller.abort(), 200)
    await expect(within(fetching, 'the upload')).rejects.toMatchObject({ name: 'AbortError' })
    await pause(50)
    expect(cancelled).toBeDefined()
  })

  it('frees the connection also when nobody reads the response, or the body says nothing', async () => {
    const server = await rawServer((socket, { head }) => {
      if (head.includes('/large'))
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n${'x'.repeat(1_000_000)}`)
      else if (head.includes('/small')) socket.write(answerOf('small'))
    })
    const base = `https://one.test:${server.port}`
    const fetch = await testFetch({ maxConnectionsPerOrigin: 1 })
    const unread = new AbortController()
    await fetch(`${base}/large`, { signal: unread.signal })
    unread.abort()
    expect(await (await within(fetch(`${base}/small`), 'after the one unread')).text()).toBe('small')
    let cancelled = false
    const silent = new ReadableStream<Uint8Array>({
      cancel() {
        cancelled = true
      },
    })
    const init = { method: 'PUT', body: silent, duplex: 'half', signal: AbortSignal.timeout(200) } as RequestInit
    await expect(within(fetch(`${base}/none`, init), 'the silent upload')).rejects.toMatchObject({
      name: 'TimeoutError',
    })
    expect(await (await within(fetch(`${base}/small`), 'after the silent one')).text()).toBe('small')
    expect(cancelled).toBe(true)
  })

  it('by the body of the request itself is that body’s error', async () => {
    const server = await rawServer(() => undefined)
    const mine = new RangeError('the disk is gone')
    let pulls = 0
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await pause(30)
        if (pulls++ > 2) throw mine
        controller.enqueue(new Uint8Array(1000))
      },
    })
    const fetch = await testFetch()
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit
    expect((await failure(fetch(`https://one.test:${server.port}/`, init))).cause).toBe(mine)
  })
})

describe('time limits', () => {
  it('hold for connecting, for the head and for the body, each with timed_out', async () => {
    const server = await rawServer((socket, { head }) => {
      if (head.includes('/body')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart')
    })
    const base = `https://one.test:${server.port}`
    const dialling = await testFetch({ connectTimeoutMs: 50, dial: () => new Promise(() => undefined) })
    expect(await failure(dialling(base))).toMatchObject({ name: 'TypeError', code: 'timed_out' })
    const fetch = await testFetch({ headersTimeoutMs: 300, bodyTimeoutMs: 300 })
    expect(await failure(fetch(base))).toMatchObject({ code: 'timed_out' })
    const response = await fetch(`${base}/body`)
    expect(await failure(response.text())).toMatchObject({ code: 'timed_out' })
  })

  it('do not count a reader who pauses, nor an upload that goes on', async () => {
    const { port } = await webServer((request, response) => {
      request.resume()
      request.on('end', () => response.end(Buffer.alloc(3_000_000)))
    })
    const fetch = await testFetch({ headersTimeoutMs: 150, bodyTimeoutMs: 150 })
    let sent = 0
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await pause(50)
        if (sent++ === 10) controller.close()
        else controller.enqueue(new Uint8Array(1000))
      },
    })
    const response = await fetch(`https://one.test:${port}/`, { method: 'POST', body, duplex: 'half' } as RequestInit)
    await pause(400)
    expect((await response.arrayBuffer()).byteLength).toBe(3_000_000)
  })
})

describe('a server that is not to be trusted', () => {
  it('is an error whose cause is the TlsError', async () => {
    const { port } = await webServer((_, response) => response.end('x'))
    const fetch = await testFetch()
    expect(await failure(fetch(`https://other.test:${port}/`))).toMatchObject({
      name: 'TypeError',
      code: 'certificate_name_mismatch',
    })
    const unreachable = await testFetch({
      dial: () => {
        throw new Error('no way there')
      },
    })
    expect(await failure(unreachable('https://one.test/'))).toMatchObject({ code: 'transport_failed' })
  })
})

function exposedGc(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
