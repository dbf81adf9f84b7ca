import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { patternChunks, patternHash } from './pattern.js'
import { targetPage } from './target-page.js'

interface ConnectionControl {
  /** Ends the TCP connection under the TLS, as a server does that loses its power. */
  cut(): void
}

/** What the embedded HTTPS server has to offer. */
export function answerRequest(request: IncomingMessage, response: ServerResponse, control: ConnectionControl): void {
  response.setHeader('server', 'webtls-demo-target')
  response.setHeader('cache-control', 'no-store')
  response.on('error', () => undefined)
  const url = new URL(request.url ?? '/', 'https://target')
  const answer = resources[url.pathname]
  if (answer === undefined) {
    request.resume()
    text(response, 404, `There is no ${url.pathname} here. There are ${Object.keys(resources).join(', ')}.\n`)
  } else answer({ request, response, url, control })
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
  readonly control: ConnectionControl
}

const resources: Readonly<Record<string, (exchange: Exchange) => void>> = {
  '/': ({ request, response }) => {
    request.resume()
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(targetPage(describeTls(request)))
  },
  '/echo': ({ request, response }) => void echo(request, response),
  '/download': ({ request, response, url }) => {
    request.resume()
    const bytes = Math.round(clamp(Number(url.searchParams.get('mb') ?? 50), 0, 1000) * 1_000_000)
    response.setHeader('content-type', 'application/octet-stream')
    response.setHeader('content-length', bytes)
    response.setHeader('x-content-sha256', patternHash(bytes))
    if (request.method === 'HEAD') response.end()
    else void send(response, patternChunks(bytes))
  },
  '/picture.svg': ({ request, response }) => {
    request.resume()
    response.setHeader('content-type', 'image/svg+xml')
    response.end(picture)
  },
  '/stream': ({ request, response }) => {
    request.resume()
    response.setHeader('content-type', 'text/plain; charset=utf-8')
    void stream(response)
  },
  '/dies': ({ request, response, control }) => {
    request.resume()
    response.setHeader('content-type', 'application/octet-stream')
    response.setHeader('content-length', 8_000_000)
    void send(response, patternChunks(3_000_000), false).then(() => setTimeout(() => control.cut(), 150))
  },
}

function describeTls(request: IncomingMessage) {
  const socket = request.socket as TLSSocket
  return {
    protocol: socket.getProtocol() ?? 'unknown',
    cipherSuite: socket.getCipher().standardName ?? socket.getCipher().name,
    // Node has `false` for a client that sent no server_name
    serverName: (socket as { servername?: string | false }).servername || 'none',
    alpnProtocol: socket.alpnProtocol || 'none',
  }
}

/** Takes a body of any length and says what came, as the server sees it. */
async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const hash = createHash('sha256')
  const start: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      hash.update(chunk)
      if (bytes < maxEchoedBytes) start.push(chunk)
      bytes += chunk.length
    }
  } catch {
    // the client has gone: there is no one to answer
    return
  }
  const body = bytes <= maxEchoedBytes ? Buffer.concat(start).toString('utf8') : undefined
  response.setHeader('content-type', 'application/json; charset=utf-8')
  const answer = {
    method: request.method,
    path: request.url,
    headers: request.headers,
    body: { bytes, sha256: hash.digest('hex'), text: body },
    tls: describeTls(request),
  }
  response.end(`${JSON.stringify(answer, undefined, 2)}\n`)
}

async function stream(response: ServerResponse): Promise<void> {
  for (let line = 1; line <= streamLines && !response.destroyed; line++) {
    response.write(`${new Date().toISOString()}  line ${line} of ${streamLines}, in a chunk and a record of its own\n`)
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  response.end()
}

async function send(response: ServerResponse, chunks: Iterable<Uint8Array>, hasEnd = true): Promise<void> {
  for (const chunk of chunks) {
    if (response.destroyed) return
    if (!response.write(chunk)) await drained(response)
  }
  if (hasEnd) response.end()
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.once('drain', done)
    response.once('close', done)
  })
}

function text(response: ServerResponse, status: number, message: string): void {
  response.statusCode = status
  response.setHeader('content-type', 'text/plain; charset=utf-8')
  response.end(message)
}

const clamp = (value: number, least: number, most: number) =>
  Number.isFinite(value) ? Math.min(Math.max(value, least), most) : least

/** An envelope, sealed. */
const picture = `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="180" viewBox="0 0 320 180">
<rect width="320" height="180" rx="12" fill="#f0edf8"/>
<rect x="80" y="45" width="160" height="96" rx="8" fill="#fff" stroke="#5a4793" stroke-width="4"/>
<path d="M82 50l78 56 78-56" fill="none" stroke="#5a4793" stroke-width="4" stroke-linejoin="round"/>
<circle cx="160" cy="106" r="15" fill="#0a6b5c"/>
</svg>
`

const maxEchoedBytes = 4096
const streamLines = 16
