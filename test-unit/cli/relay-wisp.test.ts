import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { connectWisp } from '../../src/wisp.js'
import { echo, target, utf8 } from '../relay/relay-support.js'
import { cli, startCli } from './cli-support.js'

const folder = mkdtempSync(join(tmpdir(), 'webtls-wisp-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const file = (name: string, text: string) => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const quiet = ['relay', '--port', '0', '--log', 'silent', '--allow', '127.0.0.1:*']

describe('webtls relay --wisp', () => {
  it('says where, and carries a stream to what is allowed', async () => {
    const { port } = await target(echo)
    const run = startCli([...quiet, '--wisp', '--allow-missing-origin'])
    const [, url = ''] = await run.waitFor(/Wisp at (ws:\S+\/wisp\/)\n/)
    const session = await connectWisp(url, { WebSocket })
    const { readable, writable } = await session.dial({ host: '127.0.0.1', port })
    await writable.getWriter().write(utf8('ping'))
    expect((await readable.getReader().read()).value).toEqual(utf8('ping'))
    session.close()
    run.interrupt()
    expect(await run.exited).toBe(0)
  })

  it('asks for the token in the path, and does not show it', async () => {
    const tokens = file('tokens.txt', 'secret\n')
    const config = file('relay.json', JSON.stringify({ wisp: true, basePath: '/relay/' }))
    const run = startCli([...quiet, '--config', config, '--token-file', tokens])
    const [, url = ''] = await run.waitFor(/Wisp at (ws:\S+\/relay\/wisp\/)<token>\/\n/)
    await expect(connectWisp(url, { WebSocket })).rejects.toMatchObject({ cause: { code: 'server_unreachable' } })
    ;(await connectWisp(`${url}secret/`, { WebSocket })).close()
    run.interrupt()
    await run.exited
  })

  it('is off unless asked for', async () => {
    const run = startCli([...quiet, '--allow-missing-origin'])
    const [, url = ''] = await run.waitFor(/relay at (ws:\S+)/)
    await expect(connectWisp(`${url}wisp/`, { WebSocket })).rejects.toMatchObject({ code: 'transport_failed' })
    run.interrupt()
    await run.exited
  })

  it('is not switched on by anything but true', async () => {
    const { code, stderr } = await cli([...quiet, '--config', file('bad.json', '{"wisp":"yes"}')])
    expect(stderr).toMatch(/wisp is true or false/)
    expect(code).not.toBe(0)
  })
})
