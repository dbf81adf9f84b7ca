import { test as base, expect, type Page } from '@playwright/test'
import { findChromium, howToGet } from '../browsers/find-browser.js'
import { type DemoServer, startDemoServer } from '../support/demo-server.js'

/** The demo's page of createFetch as a person uses it, in Chromium. */
const test = base.extend<object, { demo: DemoServer }>({
  demo: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures here
    async ({}, use) => {
      const demo = await startDemoServer()
      await use(demo)
      await demo.stop()
    },
    { scope: 'worker', timeout: 90_000 },
  ],
  page: async ({ page, demo }, use) => {
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(String(error)))
    await page.goto(`${demo.page}fetch.html`)
    await page.locator('html[data-ready="true"]').waitFor()
    await use(page)
    expect(errors, 'unhandled rejections and errors in the page').toEqual([])
  },
})

test.skip(findChromium() === undefined && !process.env.CI, howToGet.chromium)

test('shows status, fields and body; keeps the connection, and resumes when it was closed', async ({ page, demo }) => {
  await page.getByTestId('fetch').click()
  await finished(page, 'done')
  await expect(page.getByTestId('response-status')).toHaveText('200 OK')
  await expect(page.getByTestId('response-headers')).toContainText('webtls-demo-target')
  await expect(page.getByTestId('response-body')).toContainText('Hello from a plain HTTPS server')
  await expect(page.getByTestId('row').first()).toContainText('new, full handshake')

  await page.getByRole('button', { name: 'What it sees of a request' }).click()
  await expect(page.getByTestId('response-body')).toContainText(`"host": "${demo.target.host}`)
  await finished(page, 'done')
  await expect(page.getByTestId('row').first()).toContainText('kept')

  await page.getByTestId('reconnect').click()
  await page.getByRole('button', { name: '20 MB' }).click()
  await expect(page.getByTestId('status')).toContainText('20 MB. Over a new connection, which resumed', {
    timeout: 60_000,
  })
  await expect(page.getByTestId('row').first()).toContainText('new, resumed')
})

test('says what failed, and is stopped', async ({ page }) => {
  for (const [name, code] of [
    ['An impostor', 'certificate_name_mismatch'],
    ['A changed bit', 'bad_record_mac'],
    ['Not allowed by the relay', 'blocked'],
  ] as const) {
    await page.getByRole('button', { name }).click()
    await finished(page, 'failed')
    await expect(page.getByTestId('failure')).toHaveAttribute('data-code', code)
  }
  await page.getByRole('button', { name: 'A stream' }).click()
  await expect(page.getByTestId('response-status')).toBeVisible()
  await page.getByTestId('fetch').click()
  await expect(page.getByTestId('status')).toHaveText('Stopped.')
})

for (const colorScheme of ['light', 'dark'] as const) {
  test(`fits on a phone, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width: 360, height: 740 })
    await page.getByTestId('fetch').click()
    await finished(page, 'done')
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(await overflow()).toBeLessThanOrEqual(0)
    await page.getByRole('button', { name: 'An impostor' }).click()
    await finished(page, 'failed')
    expect(await overflow()).toBeLessThanOrEqual(0)
  })
}

async function finished(page: Page, state: 'done' | 'failed'): Promise<void> {
  await expect(page.getByTestId('status')).toHaveAttribute('data-state', state, { timeout: 60_000 })
}
