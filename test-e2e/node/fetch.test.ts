import { createHash } from 'node:crypto'
import { createReadStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFetch, type TlsFetch } from '../../src/fetch.js'
import type { TlsSocketInfo } from '../../src/index.js'
import { dial } from '../../src/node.js'
import { type NginxServer, startNginxServer } from '../support/nginx-server.js'
import { serverName, testPki } from '../support/pki.js'
import { smallText, testFiles } from '../support/test-files.js'
import { missingTool } from '../support/tools.js'

const sha256 = (bytes: ArrayBuffer | Uint8Array) => createHash('sha256').update(new Uint8Array(bytes)).digest('hex')

describe.skipIf(missingTool('nginx', 'openssl'))('createFetch and nginx', () => {
  const files = testFiles()
  const connections: TlsSocketInfo[] = []
  let nginx: NginxServer
  let fetch: TlsFetch
  beforeAll(async () => {
    const { leaf, trustAnchors } = testPki()
    nginx = await startNginxServer({ credentials: leaf.rsa2048, folder: files.folder })
    fetch = createFetch({
      dial: ({ signal }) => dial({ host: nginx.host, port: nginx.port, signal }),
      tls: { trustAnchors },
      onConnection: (_, info) => connections.push(info),
    })
  })
  afterAll(async () => {
    fetch.close()
    await nginx.stop()
  })

  it('GET, HEAD, ranges, conditions and what is not there, on one connection', async () => {
    const url = `https://${serverName}/small.txt`
    const whole = await fetch(url)
    expect(await whole.text()).toBe(smallText)
    const head = await fetch(url, { method: 'HEAD' })
    expect([head.headers.get('content-length'), await head.text()]).toEqual([String(smallText.length), ''])
    const part = await fetch(url, { headers: { range: 'bytes=5-8' } })
    expect([part.status, await part.text()]).toEqual([206, smallText.slice(5, 9)])
    const known = await fetch(url, { headers: { 'if-none-match': String(whole.headers.get('etag')) } })
    expect([known.status, await known.text()]).toEqual([304, ''])
    const missing = await fetch(`https://${serverName}/nothing`)
    expect([missing.status, (await missing.text()).includes('404')]).toEqual([404, true])
    expect(connections).toHaveLength(1)
  })

  it('downloads 50 MB, and twenty at once', async () => {
    const large = await fetch(`https://${serverName}/large.bin`)
    expect(sha256(await large.arrayBuffer())).toBe(files.large.sha256)
    const many = await Promise.all(
      Array.from({ length: 20 }, async () =>
        sha256(await (await fetch(`https://${serverName}/medium.bin`)).arrayBuffer()),
      ),
    )
    expect(new Set(many)).toEqual(new Set([files.medium.sha256]))
    expect(connections.length).toBeLessThanOrEqual(6)
    expect(connections.slice(2).some(({ resumed }) => resumed)).toBe(true)
  })

  it('uploads a stream in chunks', async () => {
    const body = Readable.toWeb(createReadStream(files.medium.path)) as ReadableStream<Uint8Array>
    const init = { method: 'PUT', body, duplex: 'half' } as RequestInit
    const answer = await fetch(`https://${serverName}/upload/fetch.bin`, init)
    expect(answer.status).toBe(201)
    expect(sha256(readFileSync(join(nginx.uploadFolder, 'fetch.bin')))).toBe(files.medium.sha256)
  })
})
