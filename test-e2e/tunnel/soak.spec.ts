import { expect, test } from '@playwright/test'
import { findChromium, howToGet } from '../browsers/find-browser.js'
import { type BrowserSample, type BrowserSoakReport, browserSoak } from '../soak/browser/browser-soak.js'
import { judgeBrowserSoak } from '../soak/browser/judge.js'
import { missingTool } from '../support/tools.js'

/** The short form of `npm run soak:browser`. */
test('half a minute of mixed traffic leaves nothing behind in page, worker and relay', async () => {
  const chromium = findChromium()
  const missing = missingTool('openssl', 'nginx')
  test.skip(Boolean(missing), String(missing))
  test.skip(chromium === undefined && !process.env.CI, howToGet.chromium)
  if (chromium === undefined) throw new Error(howToGet.chromium)
  test.setTimeout(240_000)
  const report = await browserSoak({ chromium, warmUpMs: 12_000, intervalMs: 7000, samples: 4, lanes: 4 })
  // one answer that is kept is a megabyte, a connection tens of kilobytes; code is still being compiled
  expect(judgeBrowserSoak(report, { heap: 2_000_000, growth: 10_000 })).toEqual([])
  expect(report.counts.requests).toBeGreaterThan(30)
  expect(report.counts.connections.resumed).toBeGreaterThan(0)
})

test.describe('the judge of a browser soak', () => {
  const closed = { relay: 0, web: 0, reverse: 0, nginx: 0 }
  const sample = (requests: number, worker: number, more: Partial<BrowserSample> = {}): BrowserSample => ({
    requests,
    page: 5_000_000,
    worker,
    site: { connections: requests, heap: 1_000_000, rss: 1_000_000, handles: { TCPServerWrap: 5 } },
    browser: undefined,
    open: closed,
    ...more,
  })
  const report: BrowserSoakReport = {
    version: 'Chrome',
    counts: { done: {}, failures: [], requests: 900, bytes: 1, connections: { made: 4, resumed: 3 } },
    samples: [sample(100, 3_000_000), sample(500, 3_000_000), sample(900, 3_000_100)],
    exceptions: [],
    afterwards: closed,
  }
  const judged = (changes: Partial<BrowserSoakReport>) =>
    judgeBrowserSoak({ ...report, ...changes }, { heap: 2_000_000, growth: 200 })

  test('is content with a flat one', () => expect(judged({})).toEqual([]))

  test('tells of a heap that grows, at once or little by little', () => {
    expect(judged({ samples: [sample(100, 3e6), sample(500, 5_000_001), sample(900, 5_000_001)] })).toEqual([
      'worker: 2000001 bytes of heap more than after the warm-up',
    ])
    expect(judged({ samples: [sample(100, 3e6), sample(500, 3e6), sample(900, 3.1e6)] })).toEqual([
      'worker: 250 bytes of heap stay for a request',
    ])
    expect(judged({ samples: [] })).not.toEqual([])
  })

  test('tells of connections and handles that stay, of failures, and of sessions that are not resumed', () => {
    const open = { ...closed, nginx: 2 }
    expect(judged({ afterwards: open })).toEqual(['at the end 2 connections are open: nginx'])
    expect(judged({ samples: [sample(100, 3e6, { open }), sample(900, 3e6)] })).toEqual([
      'after 100 requests 2 connections are open: nginx',
    ])
    const site = { connections: 900, heap: 1_000_000, rss: 1_000_000, handles: { TCPServerWrap: 5, Timeout: 1 } }
    expect(judged({ samples: [sample(100, 3e6), sample(900, 3e6, { site })] })).toEqual([
      'after 900 connections the server has 1 Timeout, before 0',
    ])
    expect(judged({ exceptions: ['worker: x'] })).toEqual(['not handled: worker: x'])
    const { counts } = report
    expect(judged({ counts: { ...counts, failures: ['a range: wrong'] } })).toEqual([
      'something went wrong: a range: wrong',
    ])
    expect(judged({ counts: { ...counts, connections: { made: 5, resumed: 2 } } })).toEqual([
      '2 of 5 new connections resumed a session',
    ])
  })
})
