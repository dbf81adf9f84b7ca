import { expect, test } from '@playwright/test'
import { findChromium, howToGet } from '../browsers/find-browser.js'
import { startDemoServer } from '../support/demo-server.js'

/** The demo's tunnel as a person uses it, in Chromium. */
test.skip(findChromium() === undefined && !process.env.CI, howToGet.chromium)

test('the tunnel shows a page, an image and a download, and says why what is refused is', async ({ page }) => {
  const demo = await startDemoServer()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(String(error)))
  try {
    await page.goto(`${demo.page}tunnel/`)
    const frame = page.frameLocator('[data-testid="frame"]')
    await expect(frame.locator('h1')).toHaveText('Hello from a plain HTTPS server')
    await expect
      .poll(() => page.getByTestId('image').evaluate((image: HTMLImageElement) => image.naturalWidth))
      .toBe(320)
    await expect(page.getByTestId('connections')).toContainText('TLS_')
    await page.getByTestId('download-start').click()
    await expect(page.getByTestId('download')).toContainText('50 MB, ', { timeout: 60_000 })
    await page.getByTestId('path').fill('/echo')
    await page.getByTestId('open').click()
    await expect(frame.locator('body')).toContainText(`"host": "${demo.target.host}`)
    for (const [name, code] of [
      ['An impostor', 'certificate_name_mismatch'],
      ['Not allowed by the relay', 'blocked'],
    ] as const) {
      await page.getByRole('button', { name }).click()
      await expect(frame.locator('h1')).toHaveText('This page could not be fetched')
      await expect(frame.locator('body')).toContainText(code)
    }
    await page.getByRole('button', { name: 'A changed bit' }).click()
    await expect(page.getByTestId('status')).toHaveText(/cut off/)
    await expect(page.getByTestId('status')).toHaveAttribute('data-state', 'failed')
    expect(errors, 'unhandled rejections and errors in the page').toEqual([])
  } finally {
    await demo.stop()
  }
})

for (const colorScheme of ['light', 'dark'] as const) {
  test(`fits on a phone, ${colorScheme}`, async ({ page }) => {
    const demo = await startDemoServer()
    try {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width: 360, height: 740 })
      await page.goto(`${demo.page}tunnel/`)
      // with all that makes it wide: a page in the frame, the image, a row of connections
      await expect(page.frameLocator('[data-testid="frame"]').locator('h1')).toBeVisible()
      await expect(page.getByTestId('image')).toBeVisible()
      await expect(page.getByTestId('connections')).toContainText('TLS_')
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      expect(overflow).toBeLessThanOrEqual(0)
    } finally {
      await demo.stop()
    }
  })
}
