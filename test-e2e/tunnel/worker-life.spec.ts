import type { Page } from '@playwright/test'
import { expect, test } from './fixtures.js'

/** Stops the worker as the browser does when nothing has happened for some time. */
async function stopWorker(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page)
  const versions: { versionId: string; runningStatus: string }[] = []
  devtools.on('ServiceWorker.workerVersionUpdated', (event) => {
    for (const { versionId, runningStatus } of event.versions) versions.push({ versionId, runningStatus })
  })
  await devtools.send('ServiceWorker.enable')
  await expect.poll(() => versions.length).toBeGreaterThan(0)
  const versionId = versions.at(-1)?.versionId ?? ''
  await devtools.send('ServiceWorker.stopWorker', { versionId })
  await expect.poll(() => versions.at(-1)?.runningStatus).toBe('stopped')
  await devtools.detach()
}

const connections = (page: Page) =>
  page.evaluate(async () => {
    const channel = new MessageChannel()
    const answer = new Promise<unknown>((resolve) => {
      channel.port1.onmessage = ({ data }) => resolve(data)
    })
    navigator.serviceWorker.controller?.postMessage('connections', [channel.port2])
    return (await answer) as { readonly resumed: boolean }[]
  })

/** Browsers stop a worker that has had nothing to do for half a minute, not one that is at it. */
const keptSessions = (page: Page) =>
  page.evaluate(async () => {
    const settled = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
      })
    const database = await settled(indexedDB.open('webtls-sessions'))
    try {
      return await settled(database.transaction('sessions').objectStore('sessions').count())
    } finally {
      database.close()
    }
  })

const text = (page: Page, path: string) => page.evaluate(async (path) => await (await fetch(path)).text(), path)

test('a worker that was stopped starts again at the next request, and resumes the session', async ({
  tunnel,
  webServer,
}) => {
  let connected = 0
  const server = await webServer((request, response) => {
    if (request.url === '/first') connected++
    response.end(`hello ${request.url}`)
  })
  const page = await tunnel(server)
  expect(await text(page, '/site/first')).toBe('hello /first')
  expect(await connections(page)).toEqual([expect.objectContaining({ resumed: false })])
  // Node's server gives two tickets, and none when a session is resumed
  for (let round = 0; round < 2; round++) {
    await expect.poll(() => keptSessions(page)).toBeGreaterThan(0)
    await stopWorker(page)
    expect(await text(page, '/site/again')).toBe('hello /again')
    expect(await connections(page)).toEqual([expect.objectContaining({ resumed: true })])
  }
  expect(connected).toBe(1)
})

test('a worker that is stopped in a transfer cuts it off, and no part passes for the whole', async ({
  tunnel,
  webServer,
}) => {
  const server = await webServer((request, response) => {
    if (request.url === '/short') return void response.end('short')
    response.writeHead(200, { 'content-length': 5_000_000 })
    const timer = setInterval(() => response.write(Buffer.alloc(1000)), 20)
    response.on('close', () => clearInterval(timer))
  })
  const page = await tunnel(server)
  await page.evaluate(async () => {
    const response = await fetch('/site/slow')
    const reading = response.arrayBuffer().then(
      (data) => `${data.byteLength} bytes`,
      (error: Error) => error.name,
    )
    Object.assign(window, { reading })
  })
  await stopWorker(page)
  const seen = await page.evaluate(async () => await (window as unknown as { reading: Promise<string> }).reading)
  expect(seen).toBe('TypeError')
  expect(await text(page, '/site/short')).toBe('short')
})

test('whole pages: opened, reloaded, redirected, with a problem to read', async ({ tunnel, webServer, origin }) => {
  const server = await webServer((request, response) => {
    if (request.url === '/old') response.writeHead(302, { location: '/page' }).end()
    else if (request.url === '/page') {
      response.setHeader('content-type', 'text/html')
      response.end(
        '<!doctype html><title>one</title><h1>A page</h1><script>fetch("data").then(async (r) => { document.title = await r.text() })</script>',
      )
    } else response.end('from data')
  })
  const page = await tunnel(server, {
    rules: [
      { prefix: '/site/', origin: `https://${server.host}:${server.port}` },
      { prefix: '/gone/', origin: 'https://127.0.0.1:9' },
    ],
  })
  await page.goto(`${origin}/site/old`)
  expect(page.url()).toBe(`${origin}/site/page`)
  await expect(page).toHaveTitle('from data')
  await page.reload()
  await expect(page).toHaveTitle('from data')
  const response = await page.goto(`${origin}/gone/`)
  expect(response?.status()).toBe(502)
  await expect(page.locator('h1')).toHaveText('This page could not be fetched')
})
