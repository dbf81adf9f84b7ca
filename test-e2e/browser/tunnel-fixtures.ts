import type { BrowserPage } from '../browsers/browser.js'
import type { TunnelTask } from '../page/tunnel-worker.js'
import { type NginxServer, type NginxServerOptions, startNginxServer } from '../support/nginx-server.js'
import { serverName } from '../support/pki.js'
import { missingTool } from '../support/tools.js'
import { test as base, expect } from './fixtures.js'

interface Target {
  readonly host: string
  readonly port: number
}

interface TunnelFixtures {
  nginx(options?: Partial<NginxServerOptions>): Promise<NginxServer>
  /**
   * Makes the test page's worker a tunnel: `/site/` is the server, and so is its own origin. The page that it returns
   * is the test page, controlled by the worker.
   */
  tunnel(server: Target, task?: Partial<TunnelTask>): Promise<BrowserPage>
}

export const test = base.extend<TunnelFixtures>({
  nginx: async ({ pki, files }, use) => {
    const running: NginxServer[] = []
    await use(async (options) => {
      const server = await startNginxServer({ credentials: pki.leaf.rsa2048, folder: files.folder, ...options })
      running.push(server)
      return server
    })
    for (const server of running) await server.stop()
  },

  tunnel: async ({ testPage, relay, pki }, use, testInfo) => {
    await use(async (server, task) => {
      const hasWorkers = await testPage.evaluate(() => 'serviceWorker' in navigator, undefined)
      testInfo.skip(!hasWorkers, 'this browser has no service workers here')
      const origin = `https://${server.host}:${server.port}`
      const whole: TunnelTask = {
        relay: relay.url,
        trustAnchors: pki.trustAnchors,
        serverName,
        rules: [{ prefix: '/site/', origin }, { origin }],
        passThrough: [],
        ...task,
      }
      await testPage.evaluate(async (task) => {
        const query = new URLSearchParams({ task: JSON.stringify(task) })
        window.tunnelFailures = []
        window.tunnel = await window.webtlsTest.registerTunnel(`/tunnel-worker.js?${query}`, {
          timeoutMs: 30_000,
          onError: (failure) => window.tunnelFailures.push(failure),
        })
      }, whole)
      return testPage
    })
    await testPage.evaluate(async () => await window.tunnel?.unregister(), undefined).catch(() => undefined)
  },
})

declare global {
  interface Window {
    tunnel: Awaited<ReturnType<Window['webtlsTest']['registerTunnel']>> | undefined
    tunnelFailures: { readonly url: string; readonly code: string; readonly status: number }[]
  }
}

export const missingForTunnel = missingTool('nginx', 'openssl')
export { expect }
