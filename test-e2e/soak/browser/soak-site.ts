import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { createRelay } from '../../../src/relay.js'
import { countedBytes } from '../../client/counted-bytes.js'
import type { SoakFile, SoakTask } from '../../page/soak-task.js'
import { testPageFolder } from '../../support/build-test-page.js'
import { type NginxServer, startNginxServer } from '../../support/nginx-server.js'
import { serverName, testPki } from '../../support/pki.js'
import { startReverseRelay, type TestReverseRelay } from '../../support/reverse-relay.js'
import { startStaticServer } from '../../support/static-server.js'
import { type MemorySample, sampleMemory } from '../memory.js'
import { answerCalls } from '../worker-calls.js'
import { tcpConnectionsTo } from './tcp-connections.js'

/** The one process of both relays and the web server; nginx is another, which it starts. */
export interface SoakSite {
  start(argument: null): Promise<{ readonly pageOrigin: string; readonly task: SoakTask }>
  /** Waits until no connection is left, for so many milliseconds, and measures. */
  sample(patienceMs: number): Promise<{ readonly memory: MemorySample; readonly open: OpenConnections }>
  stop(argument: null): Promise<null>
}

/** Connections that are open now. */
export interface OpenConnections {
  readonly relay: number
  readonly web: number
  readonly reverse: number
  /** `undefined` where the system does not tell. */
  readonly nginx: number | undefined
}

const megabyte = 1_000_000
const sizes = [5 * megabyte, 20 * megabyte, 50 * megabyte]
let nginx: NginxServer
let reverse: TestReverseRelay
let relay: ReturnType<typeof createRelay>
let requests = 0
const web = createServer({ minVersion: 'TLSv1.3' }, (request, response) => {
  requests += 1
  void answer(request, response)
})
const folder = mkdtempSync(join(tmpdir(), 'webtls-soak-site-'))
const removeFolder = () => rmSync(folder, { recursive: true, force: true })
process.once('exit', removeFolder)

answerCalls({
  async start() {
    const credentials = testPki().leaf['ecdsa-p256']
    const files = sizes.map((size): SoakFile => {
      const bytes = countedBytes(0, size)
      writeFileSync(join(folder, `${size}.bin`), bytes)
      return { name: `${size}.bin`, size, sha256: sha256(bytes) }
    })
    writeFileSync(join(folder, 'image.bmp'), bitmap(imageSide))
    const { origin: pageOrigin } = await startStaticServer(testPageFolder)
    relay = createRelay({ allow: ['127.0.0.1:*'], origins: [pageOrigin], logger: false })
    const { url } = await relay.listen({ port: 0 })
    reverse = await startReverseRelay(pageOrigin, { [served.name]: served.token })
    nginx = await startNginxServer({ credentials, folder })
    web.setSecureContext({ cert: readFileSync(credentials.chainFile), key: readFileSync(credentials.keyFile) })
    web.listen(0, '127.0.0.1')
    await once(web, 'listening')
    const task: SoakTask = {
      relay: url,
      trustAnchors: testPki().trustAnchors,
      serverName,
      files: nginx.port,
      web: (web.address() as AddressInfo).port,
      known: files,
      imageSide,
      reverse: { relay: reverse.url, port: reverse.port, ...served },
    }
    return { pageOrigin, task }
  },
  async sample(patienceMs: number) {
    let open = await openConnections()
    for (const deadline = Date.now() + patienceMs; sum(open) > 0 && Date.now() < deadline; await sleep(50)) {
      open = await openConnections()
    }
    return { memory: await sampleMemory(requests), open }
  },
  async stop() {
    await nginx.stop()
    // it is killed next, without an `exit`
    removeFolder()
    return null
  },
} satisfies { readonly [Name in keyof SoakSite]: unknown } as never)

async function openConnections(): Promise<OpenConnections> {
  const ofWeb = await new Promise<number>((resolve, reject) =>
    web.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  )
  return {
    relay: relay.status().connections,
    web: ofWeb,
    reverse: reverse.connections(),
    nginx: tcpConnectionsTo(nginx.port),
  }
}

const sum = ({ relay, web, reverse, nginx }: OpenConnections) => relay + web + reverse + (nginx ?? 0)

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  switch (request.url?.replace(/\?.*/, '')) {
    case '/hash': {
      const hash = createHash('sha256')
      try {
        for await (const chunk of request) hash.update(chunk as Buffer)
      } catch {
        return // the client went away
      }
      return void response.end(hash.digest('hex'))
    }
    case '/gzip':
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': zipped.length })
      return void response.end(zipped)
    case '/cut':
      response.writeHead(200, { 'content-length': megabyte })
      response.write(countedBytes(0, 100_000), () => request.socket.destroy())
      return
    case '/hang-up':
      return void request.socket.destroy()
    case '/slow':
      response.writeHead(200)
      for (let at = 0; at < 200_000 && !response.destroyed; at += 10_000) {
        response.write(countedBytes(at, 10_000))
        await sleep(20)
      }
      return void response.end()
    default:
      response.writeHead(404).end('not here')
  }
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** A picture without compression: 54 bytes that say so, and three for each point. */
function bitmap(side: number): Buffer {
  const header = Buffer.alloc(54)
  header.write('BM')
  header.writeUInt32LE(54 + side * side * 3, 2)
  header.writeUInt32LE(54, 10)
  header.writeUInt32LE(40, 14)
  header.writeInt32LE(side, 18)
  header.writeInt32LE(side, 22)
  header.writeUInt16LE(1, 26)
  header.writeUInt16LE(24, 28)
  return Buffer.concat([header, countedBytes(0, side * side * 3)])
}

/** Points; a multiple of 4, so that the rows need no padding. */
const imageSide = 128
const zipped = gzipSync(countedBytes(0, megabyte))
const served = { name: 'soak.localhost', token: 'the token of the soak' }
