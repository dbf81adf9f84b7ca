import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { test as base, expect, type Page } from '@playwright/test'
import { findChromium, howToGet } from '../browsers/find-browser.js'
import { type DemoServer, startDemoServer } from '../support/demo-server.js'
import { pseudoRandomBytes } from '../support/test-files.js'
import { missingTool } from '../support/tools.js'

/** The demo's other page: a server in a tab, as a person uses it. */
const test = base.extend<object, { demo: DemoServer; folder: string }>({
  demo: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures here
    async ({}, use) => {
      const demo = await startDemoServer()
      await use(demo)
      await demo.stop()
    },
    { scope: 'worker', timeout: 90_000 },
  ],
  folder: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures here
    async ({}, use) => {
      const folder = mkdtempSync(join(tmpdir(), 'webtls-demo-serve-'))
      await use(folder)
      rmSync(folder, { recursive: true, force: true })
    },
    { scope: 'worker' },
  ],
  page: async ({ page, demo }, use) => {
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(String(error)))
    await page.goto(`${demo.page}serve.html`)
    await page.locator('html[data-ready="true"]').waitFor()
    await use(page)
    expect(errors, 'unhandled rejections and errors in the page').toEqual([])
  },
})

test.skip(findChromium() === undefined && !process.env.CI, howToGet.chromium)

async function serve(page: Page): Promise<string> {
  await page.getByTestId('serve').click()
  await expect(page.getByTestId('status')).toHaveAttribute('data-state', 'done')
  return (await page.getByTestId('link').getAttribute('href')) ?? ''
}

test('a file is shared from the tab: the command that it shows fetches it', async ({ page, folder }) => {
  const missing = missingTool('curl')
  test.skip(Boolean(missing), String(missing))
  const origin = new URL(await serve(page))
  const caFile = join(folder, 'ca.pem')
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('ca').click()])
  await download.saveAs(caFile)
  expect(readFileSync(caFile, 'latin1')).toContain('BEGIN CERTIFICATE')
  expect(await page.getByTestId('curl').textContent()).toMatch(
    new RegExp(`^curl --cacert ${origin.hostname}-ca\\.pem ${origin.href}$`),
  )
  const curl = async (path: string, ...args: readonly string[]) => {
    const at = [
      '--cacert',
      caFile,
      '--silent',
      '--show-error',
      '--resolve',
      `${origin.hostname}:${origin.port}:127.0.0.1`,
    ]
    const options = { encoding: 'buffer', maxBuffer: 2 ** 26 } as const
    return (await promisify(execFile)('curl', [...at, ...args, new URL(path, origin).href], options)).stdout
  }
  expect(String(await curl('/'))).toContain('You are talking to a browser tab')

  const content = pseudoRandomBytes(3_000_000)
  const file = join(folder, 'a file & <more>.bin')
  writeFileSync(file, content)
  await page.getByTestId('file').setInputFiles(file)
  const link = page.getByTestId('files').getByRole('link')
  const fetched = await curl((await link.getAttribute('href')) ?? '')
  expect(createHash('sha256').update(fetched).digest('hex')).toBe(createHash('sha256').update(content).digest('hex'))
  const part = await curl((await link.getAttribute('href')) ?? '', '--range', '1000000-1999999')
  expect(part.equals(content.subarray(1_000_000, 2_000_000))).toBe(true)
  expect(String(await curl('/'))).toContain('a file &#38; &#60;more&#62;.bin')

  await expect(page.getByTestId('row')).toHaveCount(4)
  await expect(page.getByTestId('rows')).toContainText('GET /files/a%20file')
  await page.getByRole('button', { name: /^Stop sharing/ }).click()
  expect(String(await curl((await page.getByTestId('link').getAttribute('href')) ?? '/'))).toContain('no file yet')

  await page.getByTestId('serve').click()
  await expect(page.getByTestId('status')).toHaveAttribute('data-state', 'idle')
  await expect(curl('/')).rejects.toThrow(/unrecognized name|alert|reset/i)
})

test('says so when another tab has the name', async ({ page, context, demo }) => {
  await serve(page)
  const other = await context.newPage()
  await other.goto(`${demo.page}serve.html`)
  await other.locator('html[data-ready="true"]').waitFor()
  await other.getByTestId('name').fill(await page.getByTestId('name').inputValue())
  await other.getByTestId('serve').click()
  await expect(other.getByTestId('status')).toHaveAttribute('data-state', 'failed')
  await expect(other.getByTestId('failure')).toContainText('Another page has this name')
})

for (const colorScheme of ['light', 'dark'] as const) {
  test(`fits on a phone, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width: 360, height: 740 })
    await serve(page)
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(overflow).toBeLessThanOrEqual(0)
  })
}
