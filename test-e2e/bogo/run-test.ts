import { TlsError } from '../../src/errors/tls-error.js'
import { runConnection } from './connection.js'
import { type Phases, parseFlags, Unimplemented } from './flags.js'
import { ShimState } from './shim-state.js'

export interface TestOutcome {
  /** As the runner understands it: 0 for success, 89 for a test that needs what is not implemented. */
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** A test from the shim's side: as many connections to the runner as its flags say. */
export async function runTest(args: readonly string[]): Promise<TestOutcome> {
  if (args.includes('-is-handshaker-supported')) return { exitCode: 0, stdout: 'No\n', stderr: '' }
  try {
    const phases = parseFlags(args)
    checkVersions(phases)
    const state = new ShimState()
    const connections = 1 + (phases.initial.values['resume-count'] ?? 0)
    for (let index = 0; index < connections; index++) {
      await runConnection(phases, state, index > 0)
      state.moveClock((index > 0 ? phases.resume : phases.initial).values['resumption-delay'] ?? 0)
    }
    return { exitCode: 0, stdout: '', stderr: '' }
  } catch (error) {
    if (error instanceof Unimplemented || isMissingHere(error)) {
      return { exitCode: 89, stdout: '', stderr: `not implemented: ${error.message}\n` }
    }
    return { exitCode: 1, stdout: '', stderr: `${describe(error)}\n` }
  }
}

/** What the platform's WebCrypto cannot do: ML-DSA in old ones. */
const isMissingHere = (error: unknown): error is TlsError => error instanceof TlsError && error.code === 'unsupported'

function checkVersions({ initial, resume }: Phases): void {
  for (const { on, values } of [initial, resume]) {
    const { 'max-version': max = 0x0304, 'min-version': min = 0 } = values
    if (on.has('no-tls13') || max < 0x0304 || min > 0x0304) throw new Unimplemented('a version other than TLS 1.3')
  }
}

function describe(error: unknown): string {
  if (error instanceof TlsError) {
    const alert = error.code === 'peer_alert' ? `received ${error.alert}` : `alert ${error.alert ?? 'none'}`
    const cause = error.code === 'internal' && error.cause instanceof Error ? `\n${error.cause.stack}` : ''
    return `${error.code} (${alert}): ${error.message}${cause}`
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
