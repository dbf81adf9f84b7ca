import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exchange } from '../client/http-exchange.js'
import { patternBytes } from '../client/pattern-bytes.js'
import { type NginxServer, startNginxServer } from '../support/nginx-server.js'
import { serverName, testPki } from '../support/pki.js'
import { testFiles } from '../support/test-files.js'
import { missingTool } from '../support/tools.js'
import { connectTo } from './connecting.js'

const files = testFiles()

describe.skipIf(missingTool('nginx', 'openssl'))('against nginx', () => {
  let server: NginxServer
  beforeAll(async () => {
    server = await startNginxServer({ credentials: testPki().leaf.rsa2048, folder: files.folder })
  })
  afterAll(() => server?.stop())

  test('gets a text', async () => {
    const socket = connectTo(server, { alpnProtocols: ['http/1.1'] })
    const answer = await exchange(socket, { path: '/small.txt', host: serverName })
    expect(answer.status).toBe(200)
    expect(sha256(answer.body)).toBe(files.small.sha256)
    await socket.close()
    await socket.closed
  })

  test('gets 50 MB', async () => {
    const socket = connectTo(server)
    const answer = await exchange(socket, { path: '/large.bin', host: serverName })
    expect(answer.status).toBe(200)
    expect(answer.body.length).toBe(files.large.size)
    expect(sha256(answer.body)).toBe(files.large.sha256)
    await socket.close()
    await socket.closed
  })

  test('puts 50 MB', async () => {
    const body = patternBytes(50_000_000)
    const socket = connectTo(server)
    const answer = await exchange(socket, { method: 'PUT', path: '/upload/large.bin', host: serverName, body })
    expect(answer.status).toBe(201)
    expect(sha256(readFileSync(join(server.uploadFolder, 'large.bin')))).toBe(sha256(body))
    await socket.close()
    await socket.closed
  })

  test('serves twenty connections at once', async () => {
    const bodies = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const socket = connectTo(server)
        const answer = await exchange(socket, { path: '/small.txt', host: serverName })
        await socket.close()
        return sha256(answer.body)
      }),
    )
    expect(new Set(bodies)).toEqual(new Set([files.small.sha256]))
  })
})

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
