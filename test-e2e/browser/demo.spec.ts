import { type DemoServer, startDemoServer } from '../support/demo-server.js'
import { test as base, expect } from './fixtures.js'

/** The demo page in each engine, by its own buttons. */
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
})

const expectations = [
  { preset: 'page', state: 'done', text: /^200 OK: .*could read none of it/ },
  { preset: 'download', state: 'done', text: /^200 OK: 50(\.0)? MB/ },
  { preset: 'upload', state: 'done', text: /^200 OK/ },
  { preset: 'retry', state: 'done', text: /^200 OK/ },
  { preset: 'wrong-name', state: 'failed', text: /somebody else/ },
  { preset: 'untrusted', state: 'failed', text: /Nobody you trust/ },
  { preset: 'expired', state: 'failed', text: /expired/ },
  { preset: 'tampered', state: 'failed', text: /changed a byte/ },
  { preset: 'cut', state: 'failed', text: /cut off/ },
  { preset: 'alpn', state: 'failed', text: /No protocol in common/ },
  { preset: 'refused', state: 'failed', text: /relay refuses/ },
]

for (const { preset, state, text } of expectations) {
  test(`the demo's button "${preset}"`, async ({ demo, driven }) => {
    if ('missing' in driven) return test.skip(true, driven.missing)
    const page = await driven.open(demo.page)
    const outcome = await page.evaluate(async (preset) => {
      const until = async (isTrue: () => boolean) => {
        while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 20))
      }
      await until(() => document.documentElement.dataset.ready === 'true')
      const unhandled: string[] = []
      window.addEventListener('unhandledrejection', (event) => unhandled.push(String(event.reason)))
      const status = document.querySelector<HTMLElement>('[data-testid="status"]')
      document.querySelector<HTMLButtonElement>(`[data-testid="preset-${preset}"]`)?.click()
      await until(() => /^(done|failed)$/.test(status?.dataset.state ?? ''))
      return { state: status?.dataset.state, text: status?.textContent ?? '', unhandled }
    }, preset)
    await page.close()
    expect(outcome).toEqual({ state, text: expect.stringMatching(text), unhandled: [] })
  })
}
