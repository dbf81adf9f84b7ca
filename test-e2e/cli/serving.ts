import { expect } from 'vitest'
import { serverName, testPki } from '../support/pki.js'
import type { ServerProcess } from '../support/server-process.js'
import { startWebtls } from './command-line.js'

export interface ServeCommand {
  readonly host: string
  readonly port: number
  readonly process: ServerProcess
  /** The events so far, as `--json` shows them. */
  events(): readonly ServeEvent[]
  /** Waits until there is an event with these facts among its own. */
  tells(facts: Partial<ServeEvent>): Promise<void>
  /** SIGINT, and its exit code. */
  interrupt(): Promise<number | null>
}

export interface ServeEvent {
  readonly event: string
  readonly [name: string]: unknown
}

/** `webtls serve` on a free port with a certificate of the test's hierarchy, telling its events as JSON. */
export async function startServe(...args: readonly string[]): Promise<ServeCommand> {
  const { chainFile, keyFile } = testPki().leaf['ecdsa-p256']
  const identity = args.includes('--ca-out') ? [] : ['--cert', chainFile, '--key', keyFile]
  const process = startWebtls(['serve', '--port', '0', '--json', ...identity, ...args])
  const [, port] = await process.waitForOutput(/"event":"listening","url":"https:[^"]*:(\d+)\//, 20_000)
  const events = () =>
    process
      .output()
      .split('\n')
      // the last line may not be whole yet
      .slice(0, -1)
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as ServeEvent)
  return {
    host: '127.0.0.1',
    port: Number(port),
    process,
    events,
    async tells(facts) {
      await expect.poll(events, { timeout: 10_000 }).toContainEqual(expect.objectContaining(facts))
    },
    async interrupt() {
      process.kill('SIGINT')
      return await process.exited
    },
  }
}

/** What our client needs to trust such a server. */
export const trusting = ({ host, port }: { readonly host: string; readonly port: number }): readonly string[] => [
  `${host}:${port}`,
  '--servername',
  serverName,
  '--ca',
  testPki().trustAnchorsFile,
]
