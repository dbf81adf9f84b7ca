import type { Logger } from 'pino'
import type { Resolve } from './resolve-target.js'
import type { ReverseOptions } from './reverse/reverse-options.js'

export interface RelayOptions {
  /**
   * What may be reached: `<host>:<port>` with an exact name, `*.example.com` (names below it, not itself), `*` (any
   * name or public address), an address or a network (`10.0.0.0/8`, `[2001:db8::]/32`); the port a number, a range
   * `8000-8999` or `*`. Addresses that are not public are reached only where a network that is not public allows
   * them. Default: nothing.
   */
  readonly allow?: readonly string[]
  /**
   * Pages that may use the relay, by exact origin as browsers send it (`https://app.example.com`, no slash behind);
   * `*` for every page. Default: none.
   */
  readonly origins?: readonly string[] | ((origin: string) => boolean)
  /** Whether a client without an Origin header, a program and not a page, may use it. Default: only if there are tokens. */
  readonly allowMissingOrigin?: boolean
  /** Bearer tokens, any of which opens the relay. Default: none is asked for. */
  readonly tokens?: readonly string[]
  /** Pages that serve, reached by TCP clients: docs/server-in-a-page.md. Default: none. */
  readonly reverse?: ReverseOptions
  /**
   * Also speaks Wisp, at `<basePath>wisp/`; with `tokens` at `<basePath>wisp/<token>/` as well: docs/wisp.md. TCP only.
   * Default false.
   */
  readonly wisp?: boolean
  /** The path before `<host>:<port>`, with a slash at both ends. Default `/`. */
  readonly basePath?: string
  /** Takes the client's address from the last entry of X-Forwarded-For: only behind a proxy that sets it. Default false. */
  readonly trustProxy?: boolean
  readonly limits?: Partial<RelayLimits>
  /** Pino's interface; `false` for none. Payload is never logged. Default: pino on standard output. */
  readonly logger?: Logger | false
  /** Instead of the system's resolver: all addresses of a name, in the order to try. */
  readonly resolve?: Resolve
  /**
   * What the relay sees, for tests and for teaching: every byte of every connection, copied. Not for production.
   */
  readonly onBytes?: (event: RelayBytesEvent) => void
}

export interface RelayBytesEvent {
  /** The id that the client has as `connectionId`. */
  readonly connection: string
  readonly direction: 'to-target' | 'to-client'
  readonly bytes: Uint8Array
}

export interface RelayLimits {
  /** Connections at once. Default 1000. */
  readonly connections: number
  /** Connections at once from one client address (IPv6: one /64 network). Default 64. */
  readonly connectionsPerClient: number
  /** Name resolution and TCP connect together, in milliseconds. Default 10 000. */
  readonly connectTimeoutMs: number
  /** How long a connection may be without a byte in either direction, in milliseconds. Default 600 000. */
  readonly idleTimeoutMs: number
  /** How often the client is asked for a sign of life, in milliseconds. Default 30 000. */
  readonly pingIntervalMs: number
  /** What waits in the relay in each direction of a connection, in bytes; a read or a message may go past it. Default 1 MiB. */
  readonly bufferedBytes: number
  /** The largest WebSocket message that is taken, in bytes. Default 1 MiB. */
  readonly messageBytes: number
}

/** The limits of a relay that is given none. */
export const defaultLimits: RelayLimits = {
  connections: 1000,
  connectionsPerClient: 64,
  connectTimeoutMs: 10_000,
  idleTimeoutMs: 600_000,
  pingIntervalMs: 30_000,
  bufferedBytes: 1024 * 1024,
  messageBytes: 1024 * 1024,
}
