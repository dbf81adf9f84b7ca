import { TlsError } from '../../src/errors/tls-error.js'
import { runConnection } from './connection.js'
import { type Phases, parseFlags, Unimplemented } from './flags.js'
import { ShimState } from './shim-state.js'

/**
 * The shim that BoringSSL's BoGo runner starts for each test: it takes flags, connects to the runner once for each
 * connection of the test, and tells by its exit code how that went. 89 stands for "not implemented".
 */
async function main(args: readonly string[]): Promise<number> {
  if (args.includes('-is-handshaker-supported')) {
    console.log('No')
    return 0
  }
  try {
    const phases = parseFlags(args)
    checkVersions(phases)
    const state = new ShimState()
    const connections = 1 + (phases.initial.values['resume-count'] ?? 0)
    for (let index = 0; index < connections; index++) {
      await runConnection(phases, state, index > 0)
      state.moveClock((index > 0 ? phases.resume : phases.initial).values['resumption-delay'] ?? 0)
    }
    return 0
  } catch (error) {
    if (error instanceof Unimplemented) return 89
    console.error(describe(error))
    return 1
  }
}

function checkVersions({ initial, resume }: Phases): void {
  for (const { on, values } of [initial, resume]) {
    const { 'max-version': max = 0x0304, 'min-version': min = 0 } = values
    if (on.has('no-tls13') || max < 0x0304 || min > 0x0304) throw new Unimplemented('a version other than TLS 1.3')
  }
}

function describe(error: unknown): string {
  if (error instanceof TlsError) {
    const alert = error.code === 'peer_alert' ? `received ${error.alert}` : `alert ${error.alert ?? 'none'}`
    return `${error.code} (${alert}): ${error.message}${error.code === 'internal' ? `\n${String((error.cause as Error)?.stack)}` : ''}`
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

process.exit(await main(process.argv.slice(2)))
