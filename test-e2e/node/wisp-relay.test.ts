import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { TLSSocket } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { installWispJs } from '../../scripts/install/wisp-peers.js'
import { createRelay, type Relay } from '../../src/relay.js'
import { type NodeServer, startNodeServer } from '../support/node-server.js'
import { serverName, testPki } from '../support/pki.js'
import { freePort } from '../support/ports.js'
import { type ServerProcess, startProcess } from '../support/server-process.js'
import { testFiles } from '../support/test-files.js'
import { missingTool } from '../support/tools.js'

const files = testFiles()
const pki = testPki()
const library = installWispJs()
if (library === undefined && process.env.CI) throw new Error('wisp-js could not be installed')
if (library === undefined) console.warn('wisp-js could not be installed: its client is not tested')
const program = fileURLToPath(new URL('wisp-js-client.mjs', import.meta.url))

describe.skipIf(library === undefined || missingTool('openssl'))(
  "wisp-js's client, with node:tls inside, at our relay",
  () => {
    let target: NodeServer
    let relay: Relay
    let client: ServerProcess
    const lines: string[] = []
    let onLine: () => void = () => undefined
    const nextLine = async (): Promise<unknown> => {
      while (lines.length === 0) {
        await new Promise<void>((resolve) => {
          onLine = resolve
        })
      }
      return JSON.parse(lines.shift() ?? '')
    }
    const run = async (jobs: readonly object[]): Promise<unknown> => {
      client.stdin.write(`${JSON.stringify(jobs)}\n`)
      return await nextLine()
    }

    beforeAll(async () => {
      target = await startNodeServer(pki.leaf['ecdsa-p256'], serve)
      relay = createRelay({
        allow: ['127.0.0.1:*'],
        allowMissingOrigin: true,
        tokens: ['open sesame'],
        wisp: true,
        logger: false,
        limits: { connectionsPerClient: 150 },
      })
      const { url } = await relay.listen({ port: 0 })
      const settings = {
        ...{ library, serverName, host: target.host, port: target.port, ca: pki.trustAnchors },
        url: `${url}wisp/open%20sesame/`,
      }
      client = startProcess(process.execPath, [program, JSON.stringify(settings)], {
        onLine(line) {
          lines.push(line)
          onLine()
        },
      })
      // it asks for version 2 first
      expect(await nextLine()).toEqual({ version: 1 })
    })
    afterAll(async () => {
      await client?.stop()
      await relay?.close({ graceMs: 0 })
      await target?.stop()
    })

    test('brings 50 MB down, and hears of the end', async () => {
      const { size: length, sha256 } = files.large
      expect(await run([{ say: 'file' }])).toEqual([{ length, sha256, reason: 2 }])
    })

    test('brings 50 MB up, within the credit that it is given', async () => {
      const answer = sha256Of(sha256Of(Buffer.alloc(50_000_000, 'u')))
      expect(await run([{ say: 'hash', uploadBytes: 50_000_000, fill: 'u' }])).toEqual([
        { length: 64, sha256: answer, reason: 2 },
      ])
    })

    test('carries 100 connections at once', async () => {
      const jobs = Array.from({ length: 100 }, (_, index) => ({ say: 'hash', uploadBytes: 100_000 + index, fill: 'm' }))
      const answers = jobs.map(({ uploadBytes }) => ({
        length: 64,
        sha256: sha256Of(sha256Of(Buffer.alloc(uploadBytes, 'm'))),
        reason: 2,
      }))
      expect(await run(jobs)).toEqual(answers)
      await expect.poll(() => relay.status().connections).toBe(0)
    })

    test('is told why it was refused', async () => {
      const answers = await run([
        { port: await freePort() },
        { host: '10.0.0.1', port: 443 },
        { host: 'no host', port: 443 },
        { type: 2 },
      ])
      expect(answers).toEqual([{ reason: 0x44 }, { reason: 0x48 }, { reason: 0x41 }, { reason: 0x48 }])
    })
  },
)

/** The first line says what to do: send the file, or tell the hash of what comes. */
function serve(socket: TLSSocket): void {
  socket.once('data', (chunk: Buffer) => {
    const end = chunk.indexOf(10)
    if (chunk.subarray(0, end).toString() === 'file') {
      createReadStream(files.large.path).pipe(socket)
      return
    }
    const hash = createHash('sha256').update(chunk.subarray(end + 1))
    socket.on('data', (data) => hash.update(data))
    socket.on('end', () => socket.end(hash.digest('hex')))
  })
}

function sha256Of(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}
