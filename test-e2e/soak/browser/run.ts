/**
 * Mixed traffic in Chromium, through the service worker's tunnel and of the page's own, and what stays of it:
 * `npm run soak:browser -- --minutes 30`. Options: --lanes N. Ends with 1 when a heap grows, connections stay, something
 * was not handled or data was wrong.
 */
import { readOptions } from '../../../scripts/read-options.js'
import { findChromium, howToGet } from '../../browsers/find-browser.js'
import buildTestPage from '../../support/build-test-page.js'
import { type BrowserSample, browserSoak } from './browser-soak.js'
import { heapChange, judgeBrowserSoak, places } from './judge.js'

const values = readOptions(import.meta.url, {
  minutes: { type: 'string', default: '30' },
  lanes: { type: 'string', default: '4' },
})
const chromium = findChromium()
if (chromium === undefined) throw new Error(howToGet.chromium)
const milliseconds = Number(values.minutes) * 60_000
// a tenth is for the warm-up
const warmUpMs = milliseconds / 10
const samples = Math.max(4, Math.min(30, Math.round(Number(values.minutes) * 0.9)))
await buildTestPage()

const started = Date.now()
console.log('seconds  requests   heap of page  worker  relay and server (MB)   memory of the browser   open, handles')
const report = await browserSoak({
  chromium,
  warmUpMs,
  intervalMs: (milliseconds - warmUpMs) / samples,
  samples,
  lanes: Number(values.lanes),
  onSample: (sample) => console.log(line(sample)),
})
const { counts } = report
const { made, resumed } = counts.connections
console.log(`\n${report.version}, ${((Date.now() - started) / 1000).toFixed(0)} s`)
console.log(`${counts.requests} requests, ${(counts.bytes / 1e9).toFixed(2)} GB whose content was checked`)
console.log(`by what they did: ${JSON.stringify(counts.done)}`)
console.log(`${made} connections of their own, ${resumed} resumed`)
for (const place of places) {
  const { change, growth } = heapChange(report.samples, place)
  console.log(`heap of ${place}: ${signed(change)} bytes since the warm-up, ${growth.toFixed(1)} bytes a request`)
}
console.log(`connections open at the end: ${JSON.stringify(report.afterwards)}`)
const complaints = judgeBrowserSoak(report, { heap: 2_000_000, growth: 200 })
for (const complaint of complaints) console.error(`NOT WELL: ${complaint}`)
console.log(
  complaints.length === 0 ? 'well: heap flat, nothing left, nothing wrong' : `${complaints.length} complaints`,
)
process.exitCode = complaints.length > 0 ? 1 : 0

function line({ requests, page, worker, site, browser, open }: BrowserSample): string {
  return [
    ((Date.now() - started) / 1000).toFixed(0).padStart(7),
    String(requests).padStart(9),
    megabytes(page).padStart(14),
    megabytes(worker).padStart(7),
    megabytes(site.heap).padStart(23),
    (browser === undefined ? '?' : megabytes(browser)).padStart(23),
    `  ${JSON.stringify(open)} ${JSON.stringify(site.handles)}`,
  ].join(' ')
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(2)
}

function signed(bytes: number): string {
  return `${bytes > 0 ? '+' : ''}${bytes}`
}
