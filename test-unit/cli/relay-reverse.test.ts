import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { listenOnRelay } from '../../src/websocket.js'
import { cli, startCli } from './cli-support.js'

const folder = mkdtempSync(join(tmpdir(), 'webtls-reverse-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const file = (name: string, text: string) => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const names = file('names.txt', '# who may serve what\ntab.localhost  first\n\n*.pages.localhost second\n')
const quiet = ['relay', '--port', '0', '--log', 'silent']

describe('webtls relay --reverse', () => {
  it('takes pages with the token of their name, and says where their clients come', async () => {
    const run = startCli([
      ...quiet,
      ...['--reverse', '0', '--reverse-port', 'tab.localhost=0', '--reverse-token-file', names],
    ])
    const [, url = ''] = await run.waitFor(/relay at (ws:\S+)/)
    const [, port] = await run.waitFor(/clients of pages at 127\.0\.0\.1:(\d+), by SNI/)
    const [, own] = await run.waitFor(/clients of tab\.localhost at 127\.0\.0\.1:(\d+)/)
    const tab = await listenOnRelay(url, { name: 'tab.localhost', token: 'first', WebSocket })
    expect(tab.port).toBe(Number(own))
    const page = await listenOnRelay(url, { name: 'a.pages.localhost', token: 'second', WebSocket })
    expect(page.port).toBe(Number(port))
    const wrong = listenOnRelay(url, { name: 'b.pages.localhost', token: 'first', WebSocket })
    await expect(wrong).rejects.toMatchObject({ cause: { code: 'unauthorized' } })
    await Promise.all([tab.close(), page.close()])
    run.interrupt()
    expect(await run.exited).toBe(0)
  })

  it('reads the same from a file, and a flag replaces it', async () => {
    const config = file('relay.json', JSON.stringify({ reverse: { port: 1, names: { 'a.localhost': ['x', 'y'] } } }))
    const run = startCli([...quiet, '--config', config, '--reverse', '0'])
    const [, url = ''] = await run.waitFor(/relay at (ws:\S+)/)
    await (await listenOnRelay(url, { name: 'a.localhost', token: 'y', WebSocket })).close()
    run.interrupt()
    await run.exited
  })

  it.each([
    [['--reverse', '0'], /--reverse needs --reverse-token-file/],
    [['--reverse-token-file', names], /need a port/],
    [['--max-pages', '3'], /need a port/],
    [['--reverse-port', 'tab.localhost', '--reverse-token-file', names], /NAME=PORT/],
    [
      ['--reverse', '0', '--reverse-token-file', file('bad.txt', 'tab.localhost\n')],
      /line 1 is not a name and a token/,
    ],
    [['--reverse', '0', '--reverse-token-file', file('odd.txt', 'a..b secret\n')], /is no name/],
    [['--config', file('bad.json', '{"reverse":{"names":{"a":1}}}')], /reverse\.names is an object of names/],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await cli([...quiet, ...args])
    expect(stderr).toMatch(message)
    expect(stderr).not.toContain('secret')
    expect(code).not.toBe(0)
  })
})
