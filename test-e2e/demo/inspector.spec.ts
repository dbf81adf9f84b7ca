import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, type Page, test } from '@playwright/test'
import { findChromium, howToGet } from '../browsers/find-browser.js'
import { type DemoServer, startDemoServer } from '../support/demo-server.js'
import { missingTool } from '../support/tools.js'

/** The inspector of the demo page as a person uses it, in Chromium. */
test.skip(findChromium() === undefined && !process.env.CI, howToGet.chromium)

let demo: DemoServer
test.beforeAll(async () => {
  demo = await startDemoServer()
})
test.afterAll(() => demo.stop())

const errors: string[] = []
test.beforeEach(async ({ page }) => {
  errors.length = 0
  page.on('pageerror', (error) => errors.push(String(error)))
  await open(page, demo.page)
})
test.afterEach(() => expect(errors, 'unhandled rejections and errors in the page').toEqual([]))

async function open(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await page.locator('html[data-ready="true"]').waitFor()
}

async function connect(page: Page, preset = 'page'): Promise<void> {
  await page.getByTestId(`preset-${preset}`).click()
  await finished(page)
}

async function finished(page: Page): Promise<void> {
  await expect(page.getByTestId('status')).toHaveAttribute('data-state', /done|failed/, { timeout: 60_000 })
}

const item = (page: Page, id: string) => page.locator(`[data-item="${id}"]`).first()
const field = (page: Page, name: string) =>
  page.getByTestId('field-tree').first().getByRole('treeitem', { name }).last()
const selectedBytes = (page: Page) =>
  page
    .locator('.hex-pane')
    .first()
    .locator('.selected')
    .evaluateAll((cells) => cells.map((cell) => cell.textContent).join(''))

test('shows each message with its fields, and the bytes of the field that is chosen', async ({ page }) => {
  await connect(page)
  for (const id of ['client_hello', 'server_hello', 'encrypted_extensions', 'certificate_verify', 'finished']) {
    await expect(item(page, id), id).toBeVisible()
  }
  await expect(page.getByTestId('detail')).toHaveAttribute('data-item', 'client_hello')
  await field(page, 'server_name').click()
  await expect(field(page, 'host_name')).toContainText(demo.target.host)
  expect(await selectedBytes(page)).toContain(Buffer.from(demo.target.host).toString('hex'))
  await expect(page.getByTestId('field-tree').first()).toContainText('§ 4.3.8')
})

test('names the secret of each record', async ({ page }) => {
  await connect(page)
  const secretOf = async (id: string) => {
    await item(page, id).click()
    return await page.getByTestId('secret').textContent()
  }
  expect(await secretOf('encrypted_extensions')).toBe('server_handshake_traffic_secret')
  expect(await secretOf('finished-2')).toBe('client_handshake_traffic_secret')
  expect(await secretOf('sent-3')).toBe('client_application_traffic_secret_0')
  await expect(page.getByTestId('plaintext')).toContainText('GET / HTTP/1.1')
  await expect(page.getByTestId('detail')).toContainText('encrypted_record')
})

test('can be walked by the keyboard alone', async ({ page }) => {
  await connect(page)
  await item(page, 'client_hello').focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await expect(page.getByTestId('detail')).toHaveAttribute('data-item', 'server_hello')
  await page.getByTestId('field-tree').locator('[tabindex="0"]').focus()
  await page.keyboard.press('End')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Home')
  await page.keyboard.press('ArrowDown')
  await expect(page.locator('[role=treeitem]:focus')).toContainText('server_hello')
  await page.keyboard.press('ArrowLeft')
  await expect(page.locator('[role=treeitem]:focus')).toHaveAttribute('aria-expanded', 'false')
  expect((await selectedBytes(page)).length).toBeGreaterThan(200)
})

test('filters by what is in the messages', async ({ page }) => {
  await connect(page)
  await page.getByTestId('inspector-filter').fill('key_share')
  await expect(item(page, 'client_hello')).toBeVisible()
  await expect(item(page, 'server_hello')).toBeVisible()
  await expect(item(page, 'encrypted_extensions')).toBeHidden()
  await page.getByTestId('inspector-filter').fill('server_handshake_traffic_secret')
  await expect(item(page, 'client_hello')).toBeHidden()
  await expect(item(page, 'encrypted_extensions')).toBeVisible()
})

test('a link leads to the same field of the next connection', async ({ page, context }) => {
  await connect(page)
  await item(page, 'server_hello').click()
  await field(page, 'random').click()
  expect(page.url()).toContain('inspect=server_hello')
  const other = await context.newPage()
  await open(other, page.url())
  // the demo's own server: it connects by itself
  await finished(other)
  await expect(other.getByTestId('detail')).toHaveAttribute('data-item', 'server_hello')
  await expect(other.locator('[role=treeitem][aria-selected=true]').first()).toContainText('random')
  expect((await selectedBytes(other)).length).toBe(64)
})

test('a link to another server does not connect by itself', async ({ page, context }) => {
  const other = await context.newPage()
  await open(other, `${demo.page}#host=example.com&inspect=server_hello`)
  await other.waitForTimeout(300)
  await expect(other.getByTestId('status')).toHaveAttribute('data-state', 'idle')
  await page.close()
})

test('has no secret unless it was asked for; then tshark reads the file', async ({ page }) => {
  await connect(page)
  await page.getByTestId('take-along').click()
  await expect(page.getByTestId('download-pcapng')).toHaveCount(0)
  await page.getByTestId('keep-secrets').check()
  await connect(page)
  const download = page.waitForEvent('download')
  await page.getByTestId('download-pcapng').click()
  const path = await (await download).path()
  const keyLog = page.waitForEvent('download')
  await page.getByTestId('download-key-log').click()
  expect((await keyLog).suggestedFilename()).toBe('webtls-keys.txt')

  const missing = missingTool('tshark')
  test.skip(Boolean(missing), String(missing))
  const { stdout } = await promisify(execFile)(
    'tshark',
    ['-r', path, '-Y', 'http', '-T', 'fields', '-e', 'http.request.uri', '-e', 'http.response.code'],
    { env: { ...process.env, HOME: join(path, '..') } },
  )
  expect(stdout.split(/\s+/).filter(Boolean)).toEqual(['/', '200'])
})

test('stays small in a large transfer, and says what it left out', async ({ page }) => {
  await page.getByTestId('path').fill('/download?mb=40')
  await page.getByTestId('connect').click()
  await finished(page)
  await expect(page.getByTestId('status')).toContainText('40 MB')
  await expect(page.locator('.seq-gap').first()).toContainText(/[\d,]{4,} more records of data received/)
  expect(await page.getByTestId('sequence-row').count()).toBeLessThan(60)
  await item(page, 'certificate_verify').click()
  await expect(page.getByTestId('detail')).toContainText('signature')
})

test('a handshake that fails can be looked into', async ({ page }) => {
  await connect(page, 'untrusted')
  await expect(page.getByTestId('inspector')).toContainText('Alert: unknown_ca')
  await page.getByRole('button', { name: /Alert: unknown_ca/ }).click()
  await expect(page.getByTestId('detail')).toContainText('fatal')
})

for (const colorScheme of ['light', 'dark'] as const) {
  test(`fits on a phone, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width: 390, height: 844 })
    await connect(page)
    await item(page, 'client_hello').click()
    await field(page, 'key_share').click()
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(overflow).toBeLessThanOrEqual(0)
  })
}
