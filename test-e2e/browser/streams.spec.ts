import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { TLSSocket } from 'node:tls'
import { patternBytes } from '../client/pattern-bytes.js'
import type { ConnectTask } from '../page/task.js'
import { type NodeServer, startNodeServer } from '../support/node-server.js'
import { test as base, expect, rightTask, skipWithoutOpenssl } from './fixtures.js'

/** The streams keep their promises all the way from the page to the server. */
const test = base.extend<{
  serve(handle: (socket: TLSSocket) => void): Promise<NodeServer & { readonly task: ConnectTask }>
}>({
  serve: async ({ pki, relay }, use, testInfo) => {
    skipWithoutOpenssl(testInfo)
    const running: NodeServer[] = []
    await use(async (handle) => {
      const server = await startNodeServer(pki.leaf['ecdsa-p256'], handle)
      running.push(server)
      return { ...server, task: rightTask(server, relay, pki) }
    })
    for (const server of running) await server.stop()
  },
})

test('the answer comes after the page has ended its side', async ({ serve, testPage }) => {
  const { task } = await serve(async (socket) => {
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    await once(socket, 'end')
    socket.end(Buffer.concat(chunks).reverse())
  })
  const bytes = 1_000_000
  const received = await testPage.evaluate(({ task, bytes }) => window.webtlsTest.sendThenReceive(task, bytes), {
    task,
    bytes,
  })
  const expected = Buffer.from(patternBytes(bytes)).reverse()
  expect(received).toEqual({ length: bytes, sha256: createHash('sha256').update(expected).digest('hex') })
})

test('a page that stops reading stops the server, and little waits in the relay', async ({
  serve,
  testPage,
  relay,
}) => {
  let accepted = 0
  let settledAt = 0
  const { task } = await serve((socket) => {
    const chunk = Buffer.alloc(65536)
    const send = () => {
      let isGoingOn = true
      while (isGoingOn) {
        isGoingOn = socket.write(chunk)
        accepted += chunk.length
        settledAt = Date.now()
      }
    }
    socket.on('drain', send)
    send()
  })
  const stalling = testPage.evaluate(({ task, milliseconds }) => window.webtlsTest.readAndStall(task, milliseconds), {
    task,
    milliseconds: 3000,
  })
  await expect.poll(() => accepted > 0 && Date.now() - settledAt > 1000, { timeout: 10_000 }).toBe(true)
  expect(relay.buffered()).toBeLessThan(4_000_000)
  // what the kernel's sockets hold on loopback is most of it
  expect(accepted).toBeLessThan(25_000_000)
  expect(await stalling).toBeGreaterThan(0)
})

test('a server that stops reading makes the page wait, and little waits in the relay', async ({
  serve,
  testPage,
  relay,
}) => {
  const { task } = await serve((socket) => socket.pause())
  const limit = 50_000_000
  const writing = testPage.evaluate(({ task, limit }) => window.webtlsTest.writeUntilFull(task, limit), { task, limit })
  await expect.poll(() => relay.buffered(), { timeout: 10_000 }).toBeGreaterThan(0)
  expect(relay.buffered()).toBeLessThan(4_000_000)
  expect(await writing).toBeLessThan(25_000_000)
})
