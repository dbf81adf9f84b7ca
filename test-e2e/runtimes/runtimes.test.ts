import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RuntimeName, runtimePath } from '../../scripts/install/runtimes.js'
import { type NginxServer, startNginxServer } from '../support/nginx-server.js'
import { serverName, testPki } from '../support/pki.js'
import { testFiles } from '../support/test-files.js'
import { missingTool } from '../support/tools.js'

/** The built library as it is, in the runtimes that are not Node 20. */
const program = fileURLToPath(new URL('program.mjs', import.meta.url))
const library = fileURLToPath(new URL('../../dist/index.js', import.meta.url))

const runtimes: readonly { readonly name: RuntimeName; readonly args: readonly string[] }[] = [
  { name: 'node26', args: ['--no-warnings'] },
  { name: 'deno', args: ['run', '--quiet', '--allow-net', '--allow-read', '--allow-env'] },
  { name: 'bun', args: ['run'] },
]

describe.skipIf(missingTool('nginx', 'openssl'))('the built library', () => {
  const pki = testPki()
  const files = testFiles()
  let server: NginxServer

  beforeAll(async () => {
    if (!existsSync(library)) throw new Error('dist is not there: npm run build')
    server = await startNginxServer({ credentials: pki.leaf['ecdsa-p256'], folder: files.folder })
  })
  afterAll(() => server?.stop())

  for (const { name, args } of runtimes) {
    const binary = runtimePath(name)
    if (binary === undefined && process.env.CI) throw new Error(`${name} is not installed`)

    test.skipIf(binary === undefined)(`gets a text and 50 MB in ${name}, by hand, fetch and socket`, async () => {
      const job = {
        host: server.host,
        port: server.port,
        serverName,
        trustAnchors: pki.trustAnchors,
        paths: [`/${files.small.name}`, `/${files.large.name}`],
      }
      const { stdout, stderr } = await promisify(execFile)(String(binary), [...args, program, JSON.stringify(job)])
      expect(stderr).toBe('')
      const answers = JSON.parse(stdout)
      const expected = (status: string | number) =>
        [files.small, files.large].map(({ size, sha256 }) => ({ status, length: size, sha256 }))
      const line = 'HTTP/1.1 200 OK'
      expect(answers).toMatchObject([...expected(line), ...expected(200), ...expected(line), {}])
      // the second runtime writes over the first one's file
      expect([201, 204]).toContain(answers.at(-1).status)
    })
  }
})
