import { join } from 'node:path'
import { installWispJs, installWispPython } from '../../scripts/install/wisp-peers.js'
import { createRelay } from '../../src/relay.js'
import { startOnFreePort } from './ports.js'
import { type ServerProcess, startProcess } from './server-process.js'

export interface WispServer {
  /** For `connectWisp`. */
  readonly url: string
  kill(): void
  stop(): Promise<void>
}

export interface WispServerKind {
  readonly name: string
  /** Why it cannot run here, or false: for `skip`. */
  readonly missing: string | false
  /** What it answers a target that nothing listens on with. */
  readonly refusal: string
  start(): Promise<WispServer>
}

/** Wisp servers by others, and our relay; they may reach loopback here. */
export function wispServers(): readonly WispServerKind[] {
  const library = installWispJs()
  const packages = installWispPython()
  return [
    {
      name: 'wisp-js',
      missing: missing('wisp-js', library),
      refusal: 'network_error',
      start: () =>
        started((port) =>
          startProcess(process.execPath, [
            join(String(library), 'src/bin/server_cli.mjs'),
            ...['--port', String(port), '--logging', 'WARN'],
            ...['--options', JSON.stringify({ allow_loopback_ips: true, allow_private_ips: true })],
          ]),
        ),
    },
    {
      name: 'wisp-python',
      missing: missing('wisp-python', packages),
      refusal: 'unreachable',
      start: () =>
        started((port) =>
          startProcess(
            'python3',
            ['-m', 'wisp.server', '--host', '127.0.0.1', '--port', String(port), '--allow-loopback', '--allow-private'],
            { env: { PYTHONPATH: String(packages) } },
          ),
        ),
    },
    { name: 'webtls relay', missing: false, refusal: 'refused', start: startOwnRelay },
  ]
}

async function startOwnRelay(): Promise<WispServer> {
  const relay = createRelay({
    allow: ['127.0.0.1:*'],
    allowMissingOrigin: true,
    wisp: true,
    logger: false,
    limits: { connectionsPerClient: 200 },
  })
  const { url } = await relay.listen({ port: 0 })
  const stop = () => relay.close({ graceMs: 0 })
  return { url: `${url}wisp/`, kill: () => void stop(), stop }
}

async function started(start: (port: number) => ServerProcess): Promise<WispServer> {
  const { process, port } = await startOnFreePort(start)
  return { url: `ws://127.0.0.1:${port}/`, kill: () => process.kill('SIGKILL'), stop: () => process.stop() }
}

function missing(name: string, path: string | undefined): string | false {
  if (path !== undefined) return false
  if (process.env.CI) throw new Error(`${name} could not be installed`)
  const reason = `${name} could not be installed`
  console.warn(`skipped, because ${reason}`)
  return reason
}
