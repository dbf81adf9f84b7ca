import { fileURLToPath } from 'node:url'
import { freePort } from './ports.js'
import { startProcess } from './server-process.js'

export interface DemoServer {
  /** The page's address. */
  readonly page: string
  readonly relay: string
  /** The embedded HTTPS server, by the name that the page uses. */
  readonly target: { readonly host: string; readonly port: number }
  stop(): Promise<void>
}

/** The README's command, as a person would run it. */
export async function startDemoServer(...args: readonly string[]): Promise<DemoServer> {
  const demo = startProcess(
    process.execPath,
    [
      // one process, where the tsx command would be two
      ...['--import', 'tsx'],
      fileURLToPath(new URL('../../web-demo/server/main.ts', import.meta.url)),
      ...['--json', '--port', String(await freePort()), ...args],
    ],
    { readyMilliseconds: 60_000 },
  )
  try {
    const [line] = await demo.waitForOutput(/^\{.*\}$/m)
    return { ...(JSON.parse(line) as Omit<DemoServer, 'stop'>), stop: () => demo.stop() }
  } catch (error) {
    await demo.stop()
    throw error
  }
}
