import { test as base, expect, type TestInfo } from '@playwright/test'
import type { Browser, BrowserPage, Engine } from '../browsers/browser.js'
import { launch } from '../browsers/launch.js'
import type { Failure } from '../client/outcome.js'
import type { ConnectReport, ConnectTask } from '../page/task.js'
import { testPageFolder } from '../support/build-test-page.js'
import { serverName, type TestPki, testPki } from '../support/pki.js'
import { startStaticServer } from '../support/static-server.js'
import { type TestFiles, testFiles } from '../support/test-files.js'
import { startTestRelay, type TestRelay } from '../support/test-relay.js'
import { missingTool } from '../support/tools.js'

interface WorkerFixtures {
  engine: Engine
  testPageOrigin: string
  driven: Browser | { readonly missing: string }
  /** The real relay, which takes the test page's origin. */
  relay: TestRelay
  pki: TestPki
  files: TestFiles
}

interface TestFixtures {
  /** The test page in the project's engine. A test fails when the page had an unhandled rejection or error. */
  testPage: BrowserPage
  /** Connects from the page to a server through the relay, by default as is right for the test's servers. */
  connect(server: Target, task?: Partial<ConnectTask>): Promise<ConnectReport>
  /** The same where it must fail: returns the failure. */
  connectInVain(server: Target, task?: Partial<ConnectTask>): Promise<Failure>
}

interface Target {
  readonly host: string
  readonly port: number
}

/** Tests that run in Chromium, Firefox and WebKitGTK alike. */
export const test = base.extend<TestFixtures, WorkerFixtures>({
  engine: ['chromium', { option: true, scope: 'worker' }],

  testPageOrigin: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures here
    async ({}, use) => {
      const server = await startStaticServer(testPageFolder)
      await use(server.origin)
      await server.stop()
    },
    { scope: 'worker' },
  ],

  driven: [
    async ({ engine }, use) => {
      const browser = await launch(engine)
      await use(browser)
      if (!('missing' in browser)) await browser.close()
    },
    { scope: 'worker', timeout: 60_000 },
  ],

  relay: [
    async ({ testPageOrigin }, use) => {
      const relay = await startTestRelay({ origins: [testPageOrigin] })
      await use(relay)
      await relay.stop()
    },
    { scope: 'worker' },
  ],

  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures here
  pki: [async ({}, use) => use(testPki()), { scope: 'worker' }],

  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures here
  files: [async ({}, use) => use(testFiles()), { scope: 'worker' }],

  testPage: async ({ driven, testPageOrigin }, use, testInfo) => {
    if ('missing' in driven) {
      testInfo.skip(true, driven.missing)
      return
    }
    const page = await driven.open(`${testPageOrigin}/`)
    await use(page)
    const failures = await page.evaluate(() => window.webtlsTest.failures, undefined)
    await page.close()
    expect(failures, 'unhandled rejections and errors in the page').toEqual([])
  },

  connect: async ({ testPage, relay, pki }, use, testInfo) => {
    skipWithoutOpenssl(testInfo)
    await use(async (server, task) => {
      const outcome = await attempt(testPage, { ...rightTask(server, relay, pki), ...task })
      if ('ok' in outcome) return outcome.ok
      throw new Error(`the page could not connect: ${JSON.stringify(outcome.failed)}`)
    })
  },

  connectInVain: async ({ testPage, relay, pki }, use, testInfo) => {
    skipWithoutOpenssl(testInfo)
    await use(async (server, task) => {
      const outcome = await attempt(testPage, { ...rightTask(server, relay, pki), ...task })
      if ('failed' in outcome) return outcome.failed
      throw new Error(`the page connected: ${JSON.stringify(outcome.ok)}`)
    })
  },
})

/** All certificates come from it. */
export function skipWithoutOpenssl(testInfo: TestInfo): void {
  const missing = missingTool('openssl')
  testInfo.skip(Boolean(missing), String(missing))
}

export function rightTask(server: Target, relay: TestRelay, pki: TestPki): ConnectTask {
  return { relay: relay.url, host: server.host, port: server.port, serverName, trustAnchors: pki.trustAnchors }
}

function attempt(page: BrowserPage, task: ConnectTask) {
  return page.evaluate((task) => window.webtlsTest.connect(task), task)
}

export { expect }
