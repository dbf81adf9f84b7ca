import { test as base, expect, type Page } from '@playwright/test'
import { findChromium, howToGet } from '../browsers/find-browser.js'
import { type DemoServer, startDemoServer } from '../support/demo-server.js'

/** The demo's page of TLS between contexts as a person uses it, in Chromium. */
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
    await page.goto(`${demo.page}contexts.html`)
    await page.locator('html[data-ready="true"]').waitFor()
    await use(page)
    expect(errors, 'unhandled rejections and errors in the page').toEqual([])
  },
})

test.skip(findChromium() === undefined && !process.env.CI, howToGet.chromium)

for (const name of ['worker', 'peer'] as const) {
  test(`connects to a ${name}, shows what was agreed, and refuses an impostor`, async ({ page }) => {
    const card = page.getByTestId(name)
    // the worker is connected to by itself
    if (name !== 'worker') await card.getByTestId('connect').click()
    await connected(page, name)
    await card.getByTestId('impostor').click()
    await expect(card.getByTestId('failure')).toHaveAttribute('data-code', 'certificate_unknown_issuer')
    await expect(card.getByTestId('status')).toHaveAttribute('data-state', 'failed')
    await expect(card.getByRole('button', { name: 'Copy' })).toBeVisible()
    await card.getByTestId('connect').click()
    await connected(page, name)
  })
}

test('connects to another tab, which shows the same suite, and says so when that is closed', async ({
  page,
  context,
}) => {
  const opening = context.waitForEvent('page')
  await page.getByTestId('tab').getByTestId('connect').click()
  const other = await opening
  await connected(page, 'tab')
  await expect(other.getByTestId('served-status')).toHaveAttribute('data-state', 'done')
  const suite = await page.getByTestId('tab').getByTestId('cipher-suite').textContent()
  await expect(other.getByTestId('served-cipher-suite')).toHaveText(suite ?? 'none')
  await other.close()
  await expect(page.getByTestId('tab').getByTestId('failure')).toHaveAttribute('data-code', 'transport_failed')
})

for (const colorScheme of ['light', 'dark'] as const) {
  test(`fits on a phone, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width: 360, height: 740 })
    await page.getByTestId('peer').getByTestId('impostor').click()
    await expect(page.getByTestId('peer').getByTestId('failure')).toBeVisible()
    await connected(page, 'worker')
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(overflow).toBeLessThanOrEqual(0)
  })
}

async function connected(page: Page, name: 'worker' | 'tab' | 'peer'): Promise<void> {
  const card = page.getByTestId(name)
  await expect(card.getByTestId('status')).toHaveAttribute('data-state', 'done', { timeout: 30_000 })
  await expect(card.getByTestId('cipher-suite')).toContainText('TLS_')
  await expect(card.getByTestId('certificate')).toContainText(`${name}.internal`)
  await expect(card.getByTestId('speed')).toContainText('/s')
  // what the channel carried: 4 MB each way and TLS around it
  const sealed = (await card.getByTestId('sealed').textContent())?.match(/\d[\d\u2009]*/g) ?? []
  expect(sealed).toHaveLength(2)
  for (const count of sealed) expect(Number(count.replaceAll('\u2009', ''))).toBeGreaterThan(4_000_000)
}
