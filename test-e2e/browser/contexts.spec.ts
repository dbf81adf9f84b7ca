import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { BrowserPage } from '../browsers/browser.js'
import { patternBytes } from '../client/pattern-bytes.js'
import type { ContextReport, ContextTask } from '../page/contexts.js'
import { serverName, type TestPki } from '../support/pki.js'
import { test as base, expect, skipWithoutOpenssl } from './fixtures.js'

/** TLS from one context of the browser to another. */
const test = base.extend<{ talk(task: Partial<ContextTask>): Promise<ContextReport> }>({
  talk: async ({ testPage, pki }, use, testInfo) => {
    skipWithoutOpenssl(testInfo)
    await use(async (task) => {
      const outcome = await talkIn(testPage, { ...taskOf(pki), ...task })
      if ('failed' in outcome) throw new Error(JSON.stringify(outcome.failed))
      testInfo.skip(outcome.ok.missing !== undefined, `this engine has no ${outcome.ok.missing}`)
      return outcome.ok
    })
  },
})

const bytes = 3_000_000
const sha256 = createHash('sha256').update(patternBytes(bytes)).digest('hex')

for (const via of ['worker', 'frame', 'tab', 'data channel'] as const) {
  test(`TLS to a server behind a ${via}, 3 MB there and back`, async ({ talk }) => {
    expect(await talk({ via })).toEqual({ group: expect.any(String), length: bytes, sha256 })
  })

  test(`a ${via} that goes away ends the connection with an error`, async ({ talk }) => {
    expect(await talk({ via, isLost: true })).toEqual({ lostWith: 'transport_failed' })
  })
}

const taskOf = (pki: TestPki): ContextTask => ({
  via: 'worker',
  certificateChain: readFileSync(pki.leaf['ecdsa-p256'].chainFile, 'utf8'),
  privateKey: readFileSync(pki.leaf['ecdsa-p256'].keyFile, 'utf8'),
  trustAnchors: pki.trustAnchors,
  serverName,
  bytes,
})

const talkIn = (page: BrowserPage, task: ContextTask) =>
  page.evaluate((task) => window.webtlsTest.talkToContext(task), task)
