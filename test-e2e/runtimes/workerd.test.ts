import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runtimePath } from '../../scripts/install/runtimes.js'
import { type NginxServer, startNginxServer } from '../support/nginx-server.js'
import { serverName, testPki } from '../support/pki.js'
import { freePort, startOnFreePort } from '../support/ports.js'
import { postgresFolder, startPostgresServer } from '../support/postgres-server.js'
import { startProcess } from '../support/server-process.js'
import { testFiles } from '../support/test-files.js'
import { missingTool } from '../support/tools.js'

const binary = runtimePath('workerd')
if (binary === undefined && process.env.CI) throw new Error('workerd is not installed')

/** The built library in the runtime of Cloudflare's Workers, whose own sockets are the transport. */
describe.skipIf(binary === undefined || missingTool('nginx', 'openssl'))('the built library in workerd', () => {
  const files = testFiles()
  const folder = mkdtempSync(join(tmpdir(), 'webtls-workerd-'))
  let nginx: NginxServer
  let worker: Awaited<ReturnType<typeof startWorker>>
  beforeAll(async () => {
    nginx = await startNginxServer({ credentials: testPki().leaf['ecdsa-p256'], folder: files.folder })
    worker = await startWorker(String(binary), folder)
  })
  afterAll(async () => {
    await Promise.all([nginx?.stop(), worker?.process.stop()])
    rmSync(folder, { recursive: true, force: true })
  })

  async function ask(task: object): Promise<Record<string, unknown>> {
    const body = JSON.stringify({ host: '127.0.0.1', serverName, trustAnchors: testPki().trustAnchors, ...task })
    const answer = await fetch(`http://127.0.0.1:${worker.port}/`, { method: 'POST', body })
    return (await answer.json()) as Record<string, unknown>
  }

  test('gets a text and 50 MB by connect() over the platform’s', async () => {
    for (const { name, size, sha256 } of [files.small, files.large]) {
      expect(await ask({ act: 'get', port: nginx.port, path: `/${name}` })).toEqual({
        remoteAddress: `127.0.0.1:${nginx.port}`,
        protocol: 'TLSv1.3',
        status: 'HTTP/1.1 200 OK',
        length: size,
        sha256,
      })
    }
  })

  test('says why it did not', async () => {
    const wrongName = { act: 'get', port: nginx.port, path: '/', serverName: 'other.test' }
    expect(await ask(wrongName)).toMatchObject({
      failed: { code: 'tls_failed', message: expect.stringContaining('not for "other.test"') },
    })
    expect(await ask({ act: 'get', port: await freePort(), path: '/' })).toMatchObject({
      failed: { code: 'connection_failed', message: expect.stringMatching(/^SocketError: /) },
    })
  })

  test.skipIf(postgresFolder() === undefined)('queries PostgreSQL after startTls()', async () => {
    const postgres = await startPostgresServer(testPki().leaf['ecdsa-p256'])
    try {
      const { consent, upgraded, answer } = await ask({ act: 'query', port: postgres.port })
      expect([consent, upgraded]).toEqual(['S', true])
      expect(answer).toContain('TLSv1.3')
    } finally {
      await postgres.stop()
    }
  })
})

async function startWorker(program: string, folder: string) {
  await build({
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: 'es2022',
      minify: false,
      lib: {
        entry: fileURLToPath(new URL('worker.mjs', import.meta.url)),
        formats: ['es'],
        fileName: () => 'worker.js',
      },
      rollupOptions: { external: ['cloudflare:sockets'], output: { codeSplitting: false } },
    },
  })
  return await startOnFreePort((port) => {
    const file = join(folder, 'config.capnp')
    writeFileSync(file, configuration(port))
    return startProcess(program, ['serve', file])
  })
}

const configuration = (port: number) => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")],
  compatibilityDate = "2026-11-01",
);
`
