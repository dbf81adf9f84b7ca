import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { DemoConfig } from './demo-config.js'
import { closeServer, listenFrom } from './listen.js'
import type { Page } from './page.js'
import type { RelayTap } from './relay-tap.js'
import { configPath, tapPath } from './tap-path.js'

export interface PageServer {
  readonly port: number
  /** The page cannot be asked for before this is called. */
  serve(page: Page, config: DemoConfig, tap: RelayTap): void
  close(): Promise<void>
}

/** Serves the page, what it needs to know, and what the relay saw. */
export async function startPageServer(port: number): Promise<PageServer> {
  let answer: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) => {
    response.writeHead(503, { 'retry-after': '1' }).end('The demo is starting.\n')
  }
  const server: Server = createServer((request, response) => answer(request, response))
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  const actualPort = await listenFrom(server, port)
  // a page elsewhere that makes a name of its own lead here (DNS rebinding) shall not read the tap
  const hosts = new Set([`localhost:${actualPort}`, `127.0.0.1:${actualPort}`])
  return {
    port: actualPort,
    serve(page, config, tap) {
      answer = (request, response) => {
        const path = new URL(request.url ?? '/', 'http://page').pathname
        if (!hosts.has(request.headers.host ?? '')) {
          response.writeHead(403, { 'content-type': 'text/plain' }).end(`Ask for http://localhost:${actualPort}/\n`)
        } else if (path === configPath) {
          response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
          response.end(JSON.stringify(config))
        } else if (path.startsWith(tapPath)) {
          tap.serve(path.slice(tapPath.length), request, response)
        } else page.answer(request, response)
      }
    },
    close: () => closeServer(server, sockets),
  }
}
