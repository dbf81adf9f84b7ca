import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { createRelay, type Relay } from '../../src/relay.js'
import type { DemoConfig } from './demo-config.js'
import { createDemoPki } from './demo-pki.js'
import { startHttpsTarget } from './https-target.js'
import { closeServer, listenFrom } from './listen.js'
import { builtPage, livePage } from './page.js'
import { startPageServer } from './page-server.js'
import { RelayTap } from './relay-tap.js'
import { startTamperingPath } from './tampering-path.js'

export interface DemoOptions {
  /** Of the page; the other ports follow it. Each is the next free one. Default 8030. */
  readonly port?: number
  /** Further targets that the relay may reach, in the relay's patterns: `example.com:443`. */
  readonly allow?: readonly string[]
  /** The page from its sources by vite's development server, instead of the built one. */
  readonly isLive?: boolean
}

export interface Demo {
  readonly pageUrl: string
  readonly config: DemoConfig
  close(): Promise<void>
}

const targetName = 'demo.webtls.test'
const wrongName = 'somebody-else.webtls.test'
const expiredName = 'expired.webtls.test'
/** Names below it lead to this machine (RFC 6761): a page of the demo may serve any of them. */
const servedSuffix = 'localhost'
/** `.test` is for this (RFC 6761): these names exist in the demo's relay and nowhere else. */
const demoNames: readonly string[] = [targetName, wrongName, expiredName]

/** Starts all that the demo needs, on loopback alone: an HTTPS server with its own CA, the relay, the page. */
export async function startDemo(options: DemoOptions = {}): Promise<Demo> {
  const port = options.port ?? 8030
  const closers: (() => Promise<void>)[] = []
  const close = async () => {
    await Promise.all(closers.splice(0).map((closeOne) => closeOne()))
  }
  try {
    const pageServer = await startPageServer(port)
    closers.push(() => pageServer.close())
    const [pki, page] = await Promise.all([
      createDemoPki([targetName, 'localhost', '127.0.0.1'], expiredName),
      options.isLive ? livePage() : builtPage(),
    ])
    closers.push(() => page.close())
    const target = await startHttpsTarget(pki, expiredName, pageServer.port + 2)
    closers.push(() => target.close())
    const tampering = await startTamperingPath(target.port, target.port + 1)
    closers.push(() => tampering.close())

    const tap = new RelayTap()
    const servingToken = randomBytes(16).toString('hex')
    const relay = await startRelay(pageServer.port + 1, {
      allow: [`127.0.0.1/32:${target.port}`, `127.0.0.1/32:${tampering.port}`, ...(options.allow ?? [])],
      origins: [`http://localhost:${pageServer.port}`, `http://127.0.0.1:${pageServer.port}`],
      tap,
      servingToken,
      clientPort: tampering.port + 1,
    })
    closers.push(() => relay.close())

    const config: DemoConfig = {
      relayUrl: `ws://localhost:${relay.port}/`,
      target: { host: targetName, port: target.port },
      trustPem: pki.rootPem,
      unrelatedPem: pki.unrelatedRootPem,
      wrongName,
      expiredName,
      tamperedPort: tampering.port,
      refusedTarget: { host: '10.0.0.1', port: 22 },
      hasTap: true,
      serving: { suffix: servedSuffix, token: servingToken },
    }
    pageServer.serve(page, config, tap)
    return { pageUrl: `http://localhost:${pageServer.port}/`, config, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function startRelay(
  port: number,
  options: {
    readonly allow: readonly string[]
    readonly origins: readonly string[]
    readonly tap: RelayTap
    readonly servingToken: string
    /** The first port tried for clients of pages that serve. */
    readonly clientPort: number
  },
) {
  const relay = createRelay({
    allow: options.allow,
    origins: options.origins,
    logger: false,
    resolve: async (host) => (demoNames.includes(host) ? ['127.0.0.1'] : await systemAddresses(host)),
    onBytes: options.tap.record,
    reverse: { names: { [`*.${servedSuffix}`]: options.servingToken } },
  })
  const server = createServer((_request, response) => {
    response.writeHead(426, { upgrade: 'websocket', connection: 'upgrade', 'content-type': 'text/plain' })
    response.end('This is the relay, which takes WebSockets only.\n')
  })
  relay.attach(server)
  await listenForClients(relay, options.clientPort)
  return {
    port: await listenFrom(server, port),
    close: async () => {
      await relay.close({ graceMs: 0 })
      await closeServer(server)
    },
  }
}

async function listenForClients(relay: Relay, port: number): Promise<void> {
  for (let candidate = port; ; candidate++) {
    try {
      await relay.listenReverse({ port: candidate })
      return
    } catch (error) {
      const isTaken = ['EADDRINUSE', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')
      if (!isTaken || candidate >= port + 50) throw error
    }
  }
}

async function systemAddresses(host: string): Promise<readonly string[]> {
  const { lookup } = await import('node:dns/promises')
  return (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address)
}
