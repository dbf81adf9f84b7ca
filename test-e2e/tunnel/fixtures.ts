import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import { test as base, expect, type Page } from '@playwright/test'
import { createRelay, type Relay } from '../../src/relay.js'
import { findChromium, howToGet } from '../browsers/find-browser.js'
import type { TunnelTask } from '../page/tunnel-worker.js'
import { testPageFolder } from '../support/build-test-page.js'
import { startNodeServer } from '../support/node-server.js'
import { serverName, testPki } from '../support/pki.js'
import { startStaticServer } from '../support/static-server.js'
import { missingTool } from '../support/tools.js'

interface Target {
  readonly host: string
  readonly port: number
}

export interface RunningRelay {
  readonly url: string
  /** Ends it, and starts another one in its place. */
  kill(): Promise<void>
  restart(): Promise<void>
}

interface Fixtures {
  origin: string
  relay: RunningRelay
  /** Opens the test page, whose worker has the server at `/site/`. */
  tunnel(server: Target, task?: Partial<TunnelTask>): Promise<Page>
  /** A web server of Node's. */
  webServer(listener: RequestListener): Promise<Target>
  /** A server that writes what it likes when a request's head has come. */
  rawServer(
    answer: (write: (bytes: string | Buffer) => boolean, end: () => void, head: string) => void,
  ): Promise<Target>
}

/** The tunnel in Chromium, which DevTools lets look into. */
export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures here
  origin: async ({}, use) => {
    const server = await startStaticServer(testPageFolder)
    await use(server.origin)
    await server.stop()
  },

  relay: async ({ origin }, use) => {
    const start = async (port: number): Promise<{ relay: Relay; url: string }> => {
      const relay = createRelay({ allow: ['127.0.0.1:*'], origins: [origin], logger: false })
      return { relay, url: (await relay.listen({ port })).url }
    }
    let running = await start(0)
    const { url } = running
    await use({
      url,
      kill: () => running.relay.close({ graceMs: 0 }),
      async restart() {
        running = await start(Number(new URL(url).port))
      },
    })
    await running.relay.close({ graceMs: 0 })
  },

  tunnel: async ({ page, origin, relay }, use) => {
    await use(async (server, task) => {
      const whole: TunnelTask = {
        relay: relay.url,
        trustAnchors: testPki().trustAnchors,
        serverName,
        rules: [{ prefix: '/site/', origin: `https://${server.host}:${server.port}` }],
        passThrough: [],
        ...task,
      }
      await page.goto(`${origin}/`)
      await page.evaluate(async (task) => {
        window.tunnelFailures = []
        await window.webtlsTest.registerTunnel(
          `/tunnel-worker.js?${new URLSearchParams({ task: JSON.stringify(task) })}`,
          {
            onError: (failure) => window.tunnelFailures.push(failure),
          },
        )
      }, whole)
      return page
    })
  },

  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures here
  webServer: async ({}, use) => {
    const stops: (() => unknown)[] = []
    await use(async (listener) => {
      const { chainFile, keyFile } = testPki().leaf.rsa2048
      const server = createServer(
        { cert: readFileSync(chainFile), key: readFileSync(keyFile), minVersion: 'TLSv1.3' },
        listener,
      )
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      stops.push(() => {
        server.closeAllConnections()
        server.close()
      })
      return { host: '127.0.0.1', port: (server.address() as { port: number }).port }
    })
    for (const stop of stops) await stop()
  },

  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures here
  rawServer: async ({}, use) => {
    const stops: (() => Promise<void>)[] = []
    await use(async (answer) => {
      const server = await startNodeServer(testPki().leaf.rsa2048, (socket) => {
        let received = ''
        socket.on('data', (data) => {
          received += data.toString('latin1')
          const end = received.indexOf('\r\n\r\n')
          if (end < 0) return
          const head = received.slice(0, end)
          received = received.slice(end + 4)
          answer(
            (bytes) => !socket.destroyed && socket.write(bytes),
            () => socket.end(),
            head,
          )
        })
      })
      stops.push(() => server.stop())
      return server
    })
    for (const stop of stops) await stop()
  },
})

const missing = findChromium() === undefined && !process.env.CI ? howToGet.chromium : missingTool('openssl')
test.skip(Boolean(missing), String(missing))

export { expect }
