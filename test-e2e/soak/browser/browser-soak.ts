import { setTimeout as sleep } from 'node:timers/promises'
import type { SoakCounts, SoakTask } from '../../page/soak-task.js'
import type { TunnelTask } from '../../page/tunnel-worker.js'
import { descendantsMemory } from '../../support/process-memory.js'
import type { MemorySample } from '../memory.js'
import { startWorker } from '../worker-calls.js'
import { type DevToolsTarget, startDevToolsBrowser } from './devtools.js'
import type { OpenConnections, SoakSite } from './soak-site.js'

export interface BrowserSoakOptions {
  readonly chromium: string
  /** Before the first sample: caches fill, code is compiled. */
  readonly warmUpMs: number
  /** From one sample to the next. */
  readonly intervalMs: number
  readonly samples: number
  /** How much goes on at once. */
  readonly lanes: number
  readonly onSample?: (sample: BrowserSample) => void
}

/** What there is when the traffic rests, and garbage was collected. Bytes. */
export interface BrowserSample {
  readonly requests: number
  readonly page: number
  readonly worker: number
  /** Relays and web server. */
  readonly site: MemorySample
  /** Anonymous memory of all processes of the browser; `undefined` where the system does not tell. */
  readonly browser: number | undefined
  /** A while after the last request. */
  readonly open: OpenConnections
}

export interface BrowserSoakReport {
  readonly version: string
  readonly counts: SoakCounts
  readonly samples: readonly BrowserSample[]
  /** Unhandled rejections and errors, of page and worker. */
  readonly exceptions: readonly string[]
  /** When the page has closed what it had. */
  readonly afterwards: OpenConnections
}

/** Mixed traffic through a tunnel, and of the page's own, in one page and one worker that live all the time. */
export async function browserSoak(options: BrowserSoakOptions): Promise<BrowserSoakReport> {
  const site = startWorker<SoakSite>('browser/soak-site.ts')
  try {
    const { pageOrigin, task } = await site.call('start', null)
    const browser = await startDevToolsBrowser(options.chromium, `${pageOrigin}/`)
    try {
      const page = await browser.attach('page', pageOrigin)
      await openTunnel(page, task)
      const worker = await browser.attach('service_worker', pageOrigin)
      await page.evaluate(`webtlsTest.prepareSoak(${JSON.stringify(task)})`)

      const samples: BrowserSample[] = []
      let counts: SoakCounts | undefined
      const started = Date.now()
      for (let index = 0; index <= options.samples; index++) {
        await page.evaluate(`webtlsTest.runSoak(${options.lanes})`)
        // sampling takes time as well: a run is as long as it was said to be
        const end = started + options.warmUpMs + index * options.intervalMs
        await sleep(Math.max(leastTrafficMs, end - Date.now()))
        counts = await page.evaluate<SoakCounts>('webtlsTest.pauseSoak()')
        const { memory, open } = await site.call('sample', patienceMs)
        const sample: BrowserSample = {
          requests: counts.requests,
          page: await page.heap(),
          worker: await worker.heap(),
          site: memory,
          browser: descendantsMemory(browser.pid),
          open,
        }
        samples.push(sample)
        options.onSample?.(sample)
      }
      if (!counts) throw new Error('there were no samples')
      await page.evaluate('webtlsTest.endSoak()')
      const { open: afterwards } = await site.call('sample', patienceMs)
      const exceptions = [
        ...page.exceptions().map((exception) => `page: ${exception}`),
        ...worker.exceptions().map((exception) => `worker: ${exception}`),
      ]
      return { version: browser.version, counts, samples, exceptions, afterwards }
    } finally {
      await browser.stop()
    }
  } finally {
    await site.call('stop', null).catch(() => undefined)
    await site.stop()
  }
}

async function openTunnel(page: DevToolsTarget, task: SoakTask): Promise<void> {
  const tunnel: TunnelTask = {
    relay: task.relay,
    trustAnchors: task.trustAnchors,
    serverName: task.serverName,
    rules: [
      { prefix: '/files/', origin: `https://127.0.0.1:${task.files}` },
      { prefix: '/web/', origin: `https://127.0.0.1:${task.web}` },
    ],
    passThrough: [],
    idleTimeoutMs: 1000,
  }
  const script = `/tunnel-worker.js?${new URLSearchParams({ task: JSON.stringify(tunnel) })}`
  // it may still be loading
  const deadline = Date.now() + patienceMs
  while (!(await page.evaluate<boolean>('"webtlsTest" in globalThis && document.readyState === "complete"'))) {
    if (Date.now() > deadline) throw new Error('the page is not loaded')
    await sleep(50)
  }
  await page.evaluate(`webtlsTest.registerTunnel(${JSON.stringify(script)}).then(() => undefined)`)
}

/** Of traffic between two samples, though sampling took longer than it should. */
const leastTrafficMs = 1000
/** Idle connections are closed after a second. */
const patienceMs = 20_000
