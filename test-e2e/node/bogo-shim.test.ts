import { spawn } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Shim, startShim } from '../bogo/start-shim.js'

/** BoGo's runner is not part of this project: that the shim starts and answers is seen without it. */
describe.each([
  ['a process that stays', 1],
  ['a process for each test', 0],
])('the shim for BoGo, with %s', (_, workers) => {
  let shim: Shim
  beforeAll(async () => {
    shim = await startShim({ workers, tellsMissing: false, node: process.execPath })
  })
  afterAll(async () => {
    await shim.stop()
  })

  it('says that it has no handshaker', async () => {
    expect(await run(shim, ['-is-handshaker-supported'])).toEqual({ code: 0, stdout: 'No\n', stderr: '' })
  })

  it('ends with 89 for a flag that it does not know, and names it', async () => {
    const { code, stderr } = await run(shim, ['-port', '1', '-no-such-flag'])
    expect(code).toBe(89)
    expect(stderr).toContain('-no-such-flag')
  })

  it('ends with 89 for a version other than TLS 1.3', async () => {
    expect((await run(shim, ['-port', '1', '-max-version', '771'])).code).toBe(89)
  })

  it('ends with 1 and says why when there is nothing at its port', async () => {
    const { code, stderr } = await run(shim, ['-port', '1', '-shim-id', '7'])
    expect(code).toBe(1)
    expect(stderr).toContain('ECONNREFUSED')
  })
})

async function run({ path }: Shim, args: readonly string[]) {
  const child = spawn(path, args)
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
    })
  }
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, ...output }
}
