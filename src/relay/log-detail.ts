import type { RelayError } from '../transports/relay-error.js'

/** What the log says of a connection's end: of a target that is blocked more than its client may know. */
export function logDetail(error: RelayError | undefined): string | undefined {
  return error?.code === 'blocked' && error.cause instanceof Error ? error.cause.message : error?.message
}
