import { afterEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { createRelay } from '../../src/relay.js'
import type { IndexedDbSessionStore } from '../../src/service-worker.js'
import { credentials, webServer } from '../fetch/support.js'
import { workerScope } from '../service-worker/support.js'
import { within } from '../support/deadline.js'
import { docExamples, type RunOptions, runExample, typeErrors } from '../support/doc-examples.js'

const examples = docExamples('docs/service-worker.md')

async function run(name: string, options: RunOptions) {
  const example = examples.find((each) => each.name === name)
  if (!example) throw new Error(`there is no example ${name}`)
  return await within(runExample(example, options), `the example ${name}`, 15_000)
}

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  vi.unstubAllGlobals()
})

async function relayTo(port: number): Promise<string> {
  const relay = createRelay({
    allow: [`127.0.0.1:${port}`],
    allowMissingOrigin: true,
    logger: false,
    resolve: async () => ['127.0.0.1'],
  })
  cleanups.push(() => relay.close({ graceMs: 0 }))
  vi.stubGlobal('WebSocket', WebSocket)
  return (await relay.listen({ port: 0 })).url
}

describe('docs/service-worker.md', () => {
  it('fits the types of the source', { timeout: 120_000 }, () => {
    expect(examples.map(({ name }) => name)).toEqual(['tunnel-worker', 'tunnel-page', 'tunnel-sessions'])
    expect(typeErrors(examples)).toEqual([])
  })

  it.each(['tunnel-worker', 'tunnel-sessions'])('%s', async (name) => {
    const { port } = await webServer((request, response) => response.end(`hello ${request.url}`))
    const { ca } = await credentials()
    const scope = workerScope()
    class NoSessionStore implements Pick<IndexedDbSessionStore, 'take' | 'put'> {
      take = async () => undefined
      put = async () => undefined
    }
    await run(name, {
      given: { caPem: ca.pem },
      replace: {
        'wss://relay.example.com/': await relayTo(port),
        'https://www.example.com': `https://one.test:${port}`,
      },
      modules: { 'webtls/service-worker': { IndexedDbSessionStore: NoSessionStore } },
    })
    const { response } = scope.request('/site/page')
    expect(await (await response)?.text()).toBe('hello /page')
  })

  it('tunnel-page', async () => {
    const shown: string[] = []
    const container = Object.assign(new EventTarget(), {
      controller: {},
      register: async () => ({ unregister: async () => true }),
      startMessages: () => undefined,
    })
    vi.stubGlobal('navigator', { serviceWorker: container })
    vi.stubGlobal('fetch', async () => new Response('news'))
    await run('tunnel-page', { given: { show: (text: string) => shown.push(text) } })
    vi.stubGlobal('fetch', async () => new Response('', { status: 502, headers: { 'webtls-error': 'truncated' } }))
    await run('tunnel-page', { given: { show: (text: string) => shown.push(text) } })
    const data = { type: 'webtls-tunnel-failure', failure: { url: '/site/x', detail: 'cut' } }
    container.dispatchEvent(Object.assign(new Event('message'), { data }))
    expect(shown.slice(0, 2)).toEqual(['news', 'it did not work: truncated'])
    expect(shown).toContain('/site/x was cut off: cut')
  })
})
