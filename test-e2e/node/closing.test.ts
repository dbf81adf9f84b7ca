import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import { readToEnd } from '../client/http-exchange.js'
import { patternBytes } from '../client/pattern-bytes.js'
import { type NodeServer, startNodeServer } from '../support/node-server.js'
import { startOpensslServer } from '../support/openssl-server.js'
import { testPki } from '../support/pki.js'
import { startTap } from '../support/tap.js'
import { testFiles } from '../support/test-files.js'
import { missingTool } from '../support/tools.js'
import { connectTo, expectFailure, readText, writeText } from './connecting.js'

const pki = testPki()
const files = testFiles()
const missing = missingTool('openssl')

const running: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const server of running.splice(0).reverse()) await server.stop()
})

async function serve(handle: (socket: TLSSocket) => void): Promise<NodeServer> {
  return keep(await startNodeServer(pki.leaf['ecdsa-p256'], handle))
}

function keep<Server extends { stop(): Promise<void> }>(server: Server): Server {
  running.push(server)
  return server
}

describe.skipIf(missing)('half-close', () => {
  test('the server goes on sending after the client has ended its side', async () => {
    const payload = patternBytes(3_000_000)
    const server = await serve(async (socket) => {
      const request = await receiveAll(socket)
      await sleep(50)
      socket.write(request)
      socket.end(payload)
    })
    const socket = connectTo(server)
    const writer = socket.writable.getWriter()
    await writer.write(new TextEncoder().encode('all I have to say'))
    await writer.close()
    const received = await readToEnd(socket.readable)
    expect(received.length).toBe(17 + payload.length)
    expect(sha256(received.subarray(17))).toBe(sha256(payload))
    await socket.closed
  })

  test('the client goes on sending after the server has ended its side', async () => {
    let received: Promise<Buffer> | undefined
    const server = await serve(async (socket) => {
      received = receiveAll(socket)
      // at once, Node would end the connection without close_notify
      await sleep(50)
      socket.end('goodbye')
    })
    const socket = connectTo(server)
    expect(new TextDecoder().decode(await readToEnd(socket.readable))).toBe('goodbye')
    const writer = socket.writable.getWriter()
    await writer.write(patternBytes(1_000_000))
    await writer.close()
    await socket.closed
    expect(sha256((await received) ?? Buffer.alloc(0))).toBe(sha256(patternBytes(1_000_000)))
  })
})

describe.skipIf(missing)('truncation', () => {
  const sendMuch = (socket: TLSSocket) => {
    socket.end(patternBytes(5_000_000))
  }

  test('an end of the connection without close_notify is reported after the data that came before', async () => {
    const tap = keep(await startTap(await serve(sendMuch), { cut: { afterBytes: 1_000_000, how: 'end' } }))
    const socket = connectTo(tap)
    await expectFailure(readToEnd(socket.readable), 'truncated')
    await expectFailure(socket.closed, 'truncated')
  })

  test('a reset is reported', async () => {
    const tap = keep(await startTap(await serve(sendMuch), { cut: { afterBytes: 100_000, how: 'reset' } }))
    const socket = connectTo(tap)
    await expectFailure(readToEnd(socket.readable), 'transport_failed')
    await expectFailure(socket.closed, 'transport_failed')
  })

  test('an end within the handshake is reported', async () => {
    const tap = keep(await startTap(await serve(sendMuch), { cut: { afterBytes: 200, how: 'end' } }))
    const socket = connectTo(tap)
    await expectFailure(socket.opened, 'truncated')
    await expectFailure(socket.closed, 'truncated')
  })

  test('a server that is killed is reported', async () => {
    const server = keep(
      await startOpensslServer({ credentials: pki.leaf['ecdsa-p256'], mode: 'files', folder: files.folder }),
    )
    const socket = connectTo(server)
    await writeText(socket, `GET /${files.large.name} HTTP/1.0\r\n\r\n`)
    await readText(socket, 1_000_000)
    server.process.kill('SIGKILL')
    const error = await readToEnd(socket.readable).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error).toMatchObject({ code: expect.stringMatching(/^(truncated|transport_failed)$/) })
    await expect(socket.closed).rejects.toBe(error)
  })
})

describe.skipIf(missing)('a peer that does not speak TLS', () => {
  test('answers in plain text', async () => {
    const server = await plainServer('HTTP/1.1 400 Bad Request\r\n\r\n')
    const socket = connectTo(server)
    const error = await socket.opened.catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: 'TlsError', category: 'protocol' })
  })

  test('says nothing, until the caller has had enough', async () => {
    const server = await plainServer(undefined)
    const controller = new AbortController()
    const socket = connectTo(server, { signal: controller.signal })
    setTimeout(() => controller.abort(), 100)
    await expectFailure(socket.opened, 'aborted')
    await expectFailure(socket.closed, 'aborted')
  })

  test('is not there', async () => {
    const server = await plainServer(undefined)
    for (const stopped of running.splice(0)) await stopped.stop()
    await expectFailure(connectTo(server).opened, 'transport_failed')
  })
})

describe.skipIf(missing)('backpressure', () => {
  test('a reader that stops makes the server stop', async () => {
    let accepted = 0
    const server = await serve((socket) => {
      const send = () => {
        while (socket.write(Buffer.alloc(64 * 1024))) accepted += 64 * 1024
        accepted += 64 * 1024
      }
      socket.on('drain', send)
      send()
    })
    const socket = connectTo(server)
    await socket.opened
    // until nothing moves any more
    let before = -1
    while (before !== accepted) {
      before = accepted
      await sleep(500)
    }
    // the kernel's buffers on loopback are some megabytes
    expect(accepted).toBeLessThan(20_000_000)
    await socket.close('enough')
  })

  test('a server that stops reading makes the writer wait', async () => {
    const server = await serve((socket) => socket.pause())
    const socket = connectTo(server)
    await socket.opened
    const writer = socket.writable.getWriter()
    writer.closed.catch(() => {})
    let written = 0
    const chunk = new Uint8Array(64 * 1024)
    for (;;) {
      const isReady = await Promise.race([writer.ready.then(() => true), sleep(500, false)])
      if (!isReady) break
      writer.write(chunk.slice()).catch(() => {})
      written += chunk.length
      expect(written).toBeLessThan(30_000_000)
    }
    writer.releaseLock()
    await socket.close('enough')
  })
})

/** Unlike the helpers of node:stream, it leaves the socket open for what is still to be sent. */
async function receiveAll(socket: TLSSocket): Promise<Buffer> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(socket, 'end')
  return Buffer.concat(chunks)
}

async function plainServer(answer: string | undefined) {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    if (answer !== undefined) socket.end(answer)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return keep({
    host: '127.0.0.1',
    port: address.port,
    async stop() {
      server.close()
    },
  })
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
