import { checkTransport, discard } from '../connection/check-transport.js'
import type { TlsClientConfig } from '../connection/client-config.js'
import { connectTls } from '../connection/connect-tls.js'
import type { DuplexStream } from '../connection/duplex-stream.js'
import type { Carrier, Opening } from './carrier.js'
import type { ConnectSettings, SocketTransport } from './connect-options.js'
import { PlainCarrier } from './plain-carrier.js'
import type { SocketInfo } from './socket.js'
import { hostPort, type ParsedAddress } from './socket-address.js'
import { asSocketError, asTlsFailure, SocketError } from './socket-error.js'
import type { HandOver } from './stream-socket.js'
import { TlsCarrier } from './tls-carrier.js'

/** A raw connection that stands. */
export interface Dialled {
  readonly transport: DuplexStream
  readonly info: SocketInfo
}

export function openPlain(settings: ConnectSettings, address: ParsedAddress): Opening<PlainCarrier> {
  return opening(settings, address, async (signal) => {
    const { transport, info } = await dial(settings, address, signal)
    return new PlainCarrier(transport, info)
  })
}

export function openTls(
  settings: ConnectSettings,
  address: ParsedAddress,
  config: () => Promise<TlsClientConfig>,
): Opening<TlsCarrier> {
  return opening(settings, address, async (signal) => {
    const dialling = dial(settings, address, signal)
    // met below, after the config
    dialling.catch(() => undefined)
    try {
      const ready = await configured(config)
      return await secure(await dialling, ready, signal)
    } catch (cause) {
      dialling.then(
        ({ transport }) => discard(transport, cause),
        () => undefined,
      )
      throw cause
    }
  })
}

export function openUpgraded(
  settings: ConnectSettings,
  address: ParsedAddress,
  config: () => Promise<TlsClientConfig>,
  handOver: HandOver<PlainCarrier>,
): Opening<TlsCarrier> {
  return opening(settings, address, async (signal) => {
    // once TLS has it, TLS ends it, and says so to the peer
    let isTaken = false
    const giveUp = (reason: unknown) => (isTaken ? undefined : handOver.giveUp(reason))
    const onAbort = () => giveUp(signal.reason)
    signal.addEventListener('abort', onAbort)
    try {
      const ready = await configured(config)
      const plain = await handOver.carrier
      signal.throwIfAborted()
      isTaken = true
      const transport = plain.upgrade(handOver.hasUnread)
      return await secure({ transport, info: plain.info }, ready, signal)
    } catch (cause) {
      giveUp(cause)
      throw cause
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  })
}

/** Whatever `open` does, the carrier's promise settles as soon as it is aborted or its time is over. */
function opening<T extends Carrier>(
  settings: ConnectSettings,
  address: ParsedAddress,
  open: (signal: AbortSignal) => Promise<T>,
): Opening<T> {
  const controller = new AbortController()
  const { signal } = controller
  const { connectTimeoutMs } = settings
  const timer = setTimeout(() => {
    controller.abort(new SocketError('timed_out', `no connection to ${address.text} within ${connectTimeoutMs} ms`))
  }, connectTimeoutMs)
  let opened: T | undefined
  const carrier = new Promise<T>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
    open(signal).then(
      (made) => {
        opened = made
        // too late for whoever wanted it
        if (signal.aborted) made.abort(signal.reason)
        resolve(made)
      },
      (error: unknown) => reject(signal.aborted ? signal.reason : asSocketError(error, 'connection_failed')),
    )
  })
  carrier.then(
    () => clearTimeout(timer),
    () => clearTimeout(timer),
  )
  return {
    carrier,
    abort(reason) {
      controller.abort(reason)
      opened?.abort(reason)
    },
  }
}

async function dial(settings: ConnectSettings, address: ParsedAddress, signal: AbortSignal): Promise<Dialled> {
  signal.throwIfAborted()
  const { hostname, port } = address
  const target = { hostname, host: hostname, port, signal }
  const given = await settings.dial(target, { secureTransport: 'off', allowHalfOpen: true })
  const transport = checkTransport(given)
  const onAbort = () => discard(transport, signal.reason)
  signal.addEventListener('abort', onAbort)
  try {
    signal.throwIfAborted()
    const info = await describe(given, address)
    signal.throwIfAborted()
    return { transport, info }
  } catch (cause) {
    discard(transport, cause)
    throw cause
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** A transport that was returned before it stood is waited for. */
async function describe(transport: SocketTransport, address: ParsedAddress): Promise<SocketInfo> {
  const said = { ...pickAddresses(transport), ...pickAddresses(await transport.opened) }
  const remote = said.remoteAddress && join(said.remoteAddress, said.remotePort)
  const local = said.localAddress && join(said.localAddress, said.localPort)
  return Object.freeze({ remoteAddress: remote ?? address.text, localAddress: local ?? null, alpn: null, tls: null })
}

interface Said {
  readonly remoteAddress?: string
  readonly remotePort?: number
  readonly localAddress?: string
  readonly localPort?: number
}

/** Another's object: only what has the right type is taken. */
function pickAddresses(from: unknown): Said {
  const { remoteAddress, remotePort, localAddress, localPort } = (from ?? {}) as Record<string, unknown>
  return {
    ...(typeof remoteAddress === 'string' && { remoteAddress }),
    ...(typeof remotePort === 'number' && { remotePort }),
    ...(typeof localAddress === 'string' && { localAddress }),
    ...(typeof localPort === 'number' && { localPort }),
  }
}

const join = (address: string, port: number | undefined) => (port === undefined ? address : hostPort(address, port))

async function configured(config: () => Promise<TlsClientConfig>): Promise<TlsClientConfig> {
  try {
    return await config()
  } catch (cause) {
    throw asSocketError(cause, 'tls_failed')
  }
}

async function secure({ transport, info }: Dialled, config: TlsClientConfig, signal: AbortSignal): Promise<TlsCarrier> {
  const handshake = new AbortController()
  const onAbort = () => handshake.abort(signal.reason)
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort)
  try {
    const tls = connectTls(transport, config, { signal: handshake.signal })
    const negotiated = await tls.opened
    return new TlsCarrier(tls, Object.freeze({ ...info, alpn: negotiated.alpnProtocol ?? null, tls: negotiated }))
  } catch (cause) {
    throw asTlsFailure(cause)
  } finally {
    // what ends it later is abort() of the carrier
    signal.removeEventListener('abort', onAbort)
  }
}
