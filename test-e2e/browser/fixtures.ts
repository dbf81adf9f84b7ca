import { test as base, expect } from '@playwright/test'
import type { Browser, BrowserPage, Engine } from '../browsers/browser.js'
import { launch } from '../browsers/launch.js'
import type { WebtlsTest } from '../page/main.js'
import { testPageFolder } from '../support/build-test-page.js'
import { startStaticServer } from '../support/static-server.js'

interface WorkerFixtures {
  engine: Engine
  testPageOrigin: string
  driven: Browser | { readonly missing: string }
}

interface TestFixtures {
  /** The test page in the project's engine. A test fails when the page had an unhandled rejection or error. */
  testPage: BrowserPage
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
})

export type { WebtlsTest }
export { expect }
