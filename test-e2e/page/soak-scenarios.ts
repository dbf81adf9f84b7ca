import { connectTls } from '../../src/index.js'
import { dialWebSocketRelay } from '../../src/websocket.js'
import { areCountedBytes, countedBytes } from '../client/counted-bytes.js'
import { exchange, readToEnd } from '../client/http-exchange.js'
import { patternBytes, sha256Hex } from '../client/pattern-bytes.js'
import type { SoakClients } from './soak-clients.js'
import type { SoakFile } from './soak-task.js'

/** Throws when something is otherwise than it must be. */
export type Scenario = (clients: SoakClients) => Promise<void>

/** What the page does over and over, and how often beside the others. */
export const scenarios: Readonly<Record<string, { readonly weight: number; readonly run: Scenario }>> = {
  'a small range': { weight: 24, run: (clients) => range(clients, 1 + random(2000)) },
  'a range': { weight: 8, run: (clients) => range(clients, 1 + random(1_000_000)) },
  'a download of 5 MB': { weight: 3, run: (clients) => download(clients, 0) },
  'a download of 20 MB': { weight: 1, run: (clients) => download(clients, 1) },
  'a download of 50 MB': { weight: 1, run: (clients) => download(clients, 2) },
  'a compressed answer': { weight: 2, run: compressed },
  'an upload': { weight: 4, run: upload },
  'an upload that streams': { weight: 2, run: streamedUpload },
  'an abort before the answer': { weight: 3, run: (clients) => abort(clients, random(30)) },
  'an abort in the body': { weight: 4, run: (clients) => abort(clients, random(500)) },
  'a body that is not wanted': { weight: 2, run: cancel },
  'a picture': { weight: 4, run: picture },
  'a slow reader': { weight: 2, run: slowReader },
  'a slow server': { weight: 1, run: slowServer },
  'what is not there': { weight: 3, run: notFound },
  'a connection cut in the body': { weight: 3, run: cutInBody },
  'a connection cut before the answer': { weight: 3, run: cutBeforeAnswer },
  'a new connection': { weight: 6, run: newConnection },
  'a file of the server in the page': { weight: 2, run: servedFile },
  'an upload to the server in the page': { weight: 2, run: servedUpload },
}

async function range(clients: SoakClients, length: number): Promise<void> {
  const { name, size } = file(clients, 2)
  const start = random(size - length)
  const headers = { range: `bytes=${start}-${start + length - 1}` }
  const response = await clients.fetch('files', `/${name}`, { headers })
  const bytes = await bytesOf(clients, response, 206)
  check(bytes.length === length && areCountedBytes(bytes, start), `${length} bytes from ${start} are wrong`)
}

async function download(clients: SoakClients, which: number): Promise<void> {
  const { name, sha256 } = file(clients, which)
  const bytes = await bytesOf(clients, await clients.fetch('files', `/${name}`), 200)
  check((await sha256Hex(bytes)) === sha256, `${name} has another hash`)
}

async function compressed(clients: SoakClients): Promise<void> {
  const bytes = await bytesOf(clients, await clients.fetch('web', '/gzip'), 200)
  check(bytes.length === 1_000_000 && areCountedBytes(bytes, 0), 'what was compressed is wrong')
}

async function upload(clients: SoakClients): Promise<void> {
  const body = countedBytes(random(1e6), 1 + random(4_000_000))
  const response = await clients.fetch('web', '/hash', { method: 'POST', body })
  await checkHash(clients, response, body)
}

async function streamedUpload(clients: SoakClients): Promise<void> {
  const whole = countedBytes(random(1e6), 1_000_000)
  let at = 0
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(whole.slice(at, at + 50_000))
      at += 50_000
      if (at >= whole.length) controller.close()
    },
  })
  const response = await clients.fetch('web', '/hash', { method: 'POST', body, duplex: 'half' } as RequestInit)
  await checkHash(clients, response, whole)
}

async function checkHash(clients: SoakClients, response: Response, body: Uint8Array<ArrayBuffer>): Promise<void> {
  const answer = new TextDecoder().decode(await bytesOf(clients, response, 200))
  check(answer === (await sha256Hex(body)), `an upload of ${body.length} bytes arrived as ${answer}`)
  clients.bytes += body.length
}

/** Either it was faster than the abort, and is right, or it is the abort that is told. */
async function abort(clients: SoakClients, afterMs: number): Promise<void> {
  const { name, sha256 } = file(clients, 1)
  const aborting = new AbortController()
  const timer = setTimeout(() => aborting.abort(), afterMs)
  try {
    const { status, body } = await clients.fetch('files', `/${name}`, { signal: aborting.signal })
    // by a reader: `arrayBuffer()` of a Response that was made from a stream hides in Chromium why the stream failed
    const bytes = await readToEnd(body as ReadableStream<Uint8Array>)
    check(status === 200, `${name} was answered with ${status}`)
    check((await sha256Hex(bytes)) === sha256, `${name} has another hash`)
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'AbortError')) throw error
  } finally {
    clearTimeout(timer)
  }
}

async function cancel(clients: SoakClients): Promise<void> {
  const { body } = await clients.fetch('files', `/${file(clients, 1).name}`)
  const reader = body?.getReader()
  const first = await reader?.read()
  check(first?.value !== undefined && areCountedBytes(first.value, 0), 'the first part is wrong')
  await reader?.cancel('not wanted')
}

async function picture({ task }: SoakClients): Promise<void> {
  const image = new Image()
  const loaded = new Promise((resolve, reject) => {
    image.onload = resolve
    image.onerror = () => reject(new Error('the picture could not be loaded'))
  })
  // another name each time: the browser keeps pictures
  image.src = `/files/image.bmp?${random(1e9)}`
  await loaded
  check(image.naturalWidth === task.imageSide, `the picture is ${image.naturalWidth} points wide`)
}

async function slowReader(clients: SoakClients): Promise<void> {
  const { name, size } = file(clients, 0)
  const reader = (await clients.fetch('files', `/${name}`)).body?.getReader()
  let length = 0
  for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
    check(areCountedBytes(next.value, length), `the part from ${length} is wrong`)
    length += next.value.length
    if (random(4) === 0) await pause(40)
  }
  clients.bytes += length
  check(length === size, `a slow reader got ${length} bytes of ${size}`)
}

async function slowServer(clients: SoakClients): Promise<void> {
  const bytes = await bytesOf(clients, await clients.fetch('web', '/slow'), 200)
  check(bytes.length === 200_000 && areCountedBytes(bytes, 0), 'what came slowly is wrong')
}

async function notFound(clients: SoakClients): Promise<void> {
  await bytesOf(clients, await clients.fetch(random(2) === 0 ? 'files' : 'web', '/nothing'), 404)
}

async function cutInBody(clients: SoakClients): Promise<void> {
  const response = await clients.fetch('web', '/cut')
  await fails(response.arrayBuffer(), 'a body that was cut off passed for a whole one')
}

async function cutBeforeAnswer(clients: SoakClients): Promise<void> {
  const response = await clients.tunnel('web', '/hang-up')
  check(response.status === 502 && response.headers.has('webtls-error'), 'the tunnel does not tell of a failure')
  await response.text()
  await fails(clients.direct('web', '/hang-up'), 'a connection that was cut gave an answer')
}

async function newConnection(clients: SoakClients): Promise<void> {
  const { relay, trustAnchors, serverName, files } = clients.task
  const transport = dialWebSocketRelay(relay, { host: '127.0.0.1', port: files })
  const socket = connectTls(transport, { serverName, trustAnchors, sessionStore: clients.sessionStore })
  const { status } = await exchange(socket, { path: '/nothing', host: serverName })
  check(status === 404, `a new connection got ${status}`)
  const { resumed } = await socket.opened
  await socket.close()
  await socket.closed
  clients.requests += 1
  clients.connections.made += 1
  if (resumed) clients.connections.resumed += 1
}

async function servedFile(clients: SoakClients): Promise<void> {
  const length = 1 + random(1_000_000)
  const bytes = await bytesOf(clients, await clients.served(`/file?bytes=${length}`), 200)
  const wrong = bytes.findIndex((byte, index) => byte !== servedBlock[index % servedBlock.length])
  check(bytes.length === length && wrong < 0, `the page served ${bytes.length} bytes of ${length}, wrong at ${wrong}`)
}

async function servedUpload(clients: SoakClients): Promise<void> {
  const body = countedBytes(random(1e6), 1 + random(1_000_000))
  const answer = await clients.served('/upload', { method: 'PUT', body })
  const { sha256 } = (await answer.json()) as { readonly sha256: string }
  check(sha256 === (await sha256Hex(body)), `the page hashed an upload of ${body.length} bytes as ${sha256}`)
  clients.bytes += body.length
}

async function bytesOf(clients: SoakClients, response: Response, status: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(await response.arrayBuffer())
  clients.bytes += bytes.length
  const problem = response.headers.get('webtls-error')
  check(problem === null, `${response.url} failed with ${problem}: ${new TextDecoder().decode(bytes.slice(0, 300))}`)
  check(response.status === status, `${response.url} was answered with ${response.status}`)
  return bytes
}

/** As fetch fails when the network does. */
async function fails(promise: Promise<unknown>, otherwise: string): Promise<void> {
  try {
    await promise
  } catch (error) {
    if (error instanceof TypeError) return
    throw error
  }
  throw new Error(otherwise)
}

function check(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise)
}

function file({ task }: SoakClients, which: number): SoakFile {
  const found = task.known[which]
  if (!found) throw new Error(`there is no file ${which}`)
  return found
}

const random = (below: number) => Math.floor(Math.random() * below)
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
/** What `/file` of serve-name.ts repeats. */
const servedBlock = patternBytes(65_536)
