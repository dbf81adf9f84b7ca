import { test as base, expect, type Page } from '@playwright/test'
import { findChromium, howToGet } from '../browsers/find-browser.js'
import { type DemoServer, startDemoServer } from '../support/demo-server.js'
import { startNginxServer } from '../support/nginx-server.js'
import { serverName, testPki } from '../support/pki.js'
import { smallText, testFiles } from '../support/test-files.js'
import { missingTool } from '../support/tools.js'

/** The demo page as a person uses it, in Chromium. A page with an unhandled rejection or error fails its test. */
const test = base.extend<object, { demo: DemoServer }>({
  demo: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures here
    async ({}, use) => {
      // this machine's servers are let through for the test with nginx
      const demo = await startDemoServer('--allow', '127.0.0.1/32:*')
      await use(demo)
      await demo.stop()
    },
    { scope: 'worker', timeout: 90_000 },
  ],
  page: async ({ page, demo }, use) => {
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(String(error)))
    await page.goto(demo.page)
    await page.locator('html[data-ready="true"]').waitFor()
    await use(page)
    expect(errors, 'unhandled rejections and errors in the page').toEqual([])
  },
})

test.skip(findChromium() === undefined && !process.env.CI, howToGet.chromium)

test('connects by the keyboard alone and shows what was agreed', async ({ page, demo }) => {
  await page.getByTestId('host').focus()
  await page.keyboard.press('Enter')
  await finished(page)
  await expect(page.getByTestId('status')).toContainText('200 OK')
  await expect(page.getByTestId('negotiated')).toContainText('TLS_')
  await expect(page.getByTestId('certificate-chain')).toContainText(demo.target.host)
  await expect(page.getByTestId('timeline')).toContainText(/client.?hello/i)
  // the demo's search looks for the request in both views: the page has it, the relay does not
  await expect(page.getByTestId('search-page')).toHaveAttribute('data-count', '1')
  await expect(page.getByTestId('search-relay')).toHaveAttribute('data-count', '0')
})

test('reaches nginx by pasted roots and a name of its own', async ({ page }) => {
  const missing = missingTool('nginx', 'openssl')
  test.skip(Boolean(missing), String(missing))
  const pki = testPki()
  const nginx = await startNginxServer({ credentials: pki.leaf['ecdsa-p256'], folder: testFiles().folder })
  try {
    await page.getByTestId('host').fill(nginx.host)
    await page.getByTestId('port').fill(String(nginx.port))
    await page.getByTestId('path').fill('/small.txt')
    await page.getByTestId('options').click()
    await page.getByTestId('server-name').fill(serverName)
    await page.getByTestId('trust-pem').check()
    await page.getByTestId('pem').fill(pki.trustAnchors)
    await page.getByTestId('connect').click()
    await finished(page)
    await expect(page.getByTestId('status')).toContainText('200 OK')
    await expect(page.getByTestId('response-body')).toContainText(smallText.trim())
  } finally {
    await nginx.stop()
  }
})

test('verifies the hash of a download of 50 MB', async ({ page }) => {
  await page.getByTestId('preset-download').click()
  await finished(page)
  await expect(page.getByTestId('response-hash-verdict')).toHaveClass('good')
})

test('says what failed, which alert, and what to try', async ({ page }) => {
  await page.getByTestId('preset-untrusted').click()
  await finished(page)
  const failure = page.getByTestId('failure')
  await expect(failure).toHaveAttribute('data-code', 'certificate_unknown_issuer')
  await expect(page.getByTestId('failure-alert')).toContainText('unknown_ca')
  await expect(failure).toContainText('What to try')
})

test('stops when asked to', async ({ page }) => {
  await page.getByTestId('preset-stream').click()
  await expect(page.getByTestId('response-body')).toContainText('line 2')
  await page.getByTestId('connect').click()
  await finished(page)
  await expect(page.getByTestId('status')).toContainText('Stopped')
})

for (const colorScheme of ['light', 'dark'] as const) {
  test(`fits on a phone, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width: 360, height: 740 })
    await page.getByTestId('preset-page').click()
    await finished(page)
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(overflow).toBeLessThanOrEqual(0)
  })
}

async function finished(page: Page): Promise<void> {
  await expect(page.getByTestId('status')).toHaveAttribute('data-state', /done|failed/, { timeout: 60_000 })
}
