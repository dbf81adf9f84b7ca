import type { Socket } from 'node:net'
import { acceptTls } from '../connection/accept-tls.js'
import type { TlsServerConfig } from '../connection/server-config.js'
import type { TlsServerSocket } from '../connection/tls-socket.js'
import { asTlsError, TlsError } from '../errors/tls-error.js'
import { socketStream } from '../transports/node-socket.js'
import type { AcceptedTlsSocket, ConnectionAddress } from './listen-options.js'

/** A TCP connection on its way to be a TlsSocket: it waits, then has its handshake, against one deadline. */
export class Arrival {
  readonly tcp: Socket
  readonly address: ConnectionAddress
  readonly #timeoutMs: number
  readonly #timer: NodeJS.Timeout
  #tls: TlsServerSocket | undefined
  #timeout: TlsError | undefined

  /** @param onTimeout called only while it waits; during the handshake `handshake` rejects */
  constructor(tcp: Socket, timeoutMs: number, onTimeout: (error: TlsError) => void) {
    this.tcp = tcp
    this.address = { remoteAddress: tcp.remoteAddress, remotePort: tcp.remotePort }
    this.#timeoutMs = timeoutMs
    // what comes before socketStream listens would otherwise end the process
    tcp.on('error', () => undefined)
    this.#timer = setTimeout(() => {
      const error = this.#timedOut()
      if (this.#tls) void this.#tls.close(error)
      else onTimeout(error)
    }, timeoutMs)
    this.#timer.unref()
  }

  async handshake(config: TlsServerConfig): Promise<AcceptedTlsSocket> {
    const tls = acceptTls(socketStream(this.tcp), config, noTimeout)
    this.#tls = tls
    try {
      await tls.opened
    } catch (error) {
      throw this.#timeout ?? asTlsError(error)
    } finally {
      clearTimeout(this.#timer)
    }
    return Object.assign(tls, this.address)
  }

  /** Ends it in whatever state it is. */
  end(reason: TlsError): void {
    clearTimeout(this.#timer)
    if (this.#tls) void this.#tls.close(reason)
    else refuse(this.tcp)
  }

  #timedOut(): TlsError {
    const what = this.#tls ? 'the handshake was not done' : 'no handshake could begin: as many as may be are under way'
    this.#timeout = new TlsError('handshake_timeout', `${what} within ${this.#timeoutMs} ms`)
    return this.#timeout
  }
}

/** Nothing was read, so a reset loses nothing, and it leaves no TIME_WAIT behind. */
export function refuse(tcp: Socket): void {
  // a pipe has no family and cannot be reset
  if (tcp.remoteFamily === undefined) tcp.destroy()
  else tcp.resetAndDestroy()
}

/** The arrival's own deadline counts the wait as well. */
const noTimeout = { handshakeTimeoutMilliseconds: Number.POSITIVE_INFINITY }
