import { TlsError } from '../../errors/tls-error.js'
import type { CliIo } from '../io.js'

/** What can end a connection while it is being made, and Ctrl-C later. */
export interface OpeningDeadline {
  readonly signal: AbortSignal
  /** The connection stands: time does not matter any more, and an interrupt calls this instead. */
  opened(onInterrupt: () => void): void
  readonly wasInterrupted: boolean
  /** The reason of the abort when there was one, else what was thrown. */
  explain(error: unknown): unknown
  end(): void
}

export function openingDeadline(io: CliIo, timeoutMs: number): OpeningDeadline {
  const controller = new AbortController()
  let wasInterrupted = false
  let interrupt = () => controller.abort(new TlsError('aborted', 'interrupted'))
  const timer = setTimeout(() => {
    controller.abort(new TlsError('handshake_timeout', `the connection was not made within ${timeoutMs / 1000} s`))
  }, timeoutMs)
  const unlisten = io.onInterrupt(() => {
    wasInterrupted = true
    interrupt()
  })
  return {
    signal: controller.signal,
    opened(onInterrupt) {
      clearTimeout(timer)
      interrupt = onInterrupt
    },
    get wasInterrupted() {
      return wasInterrupted
    },
    explain: (error) => (controller.signal.aborted ? controller.signal.reason : error),
    end() {
      clearTimeout(timer)
      unlisten()
    },
  }
}
