import { TlsClientConfig } from '../connection/client-config.js'
import { MemorySessionStore } from '../session/session-store.js'
import type { ConnectSettings, SocketTlsOptions } from './connect-options.js'
import type { ParsedAddress } from './socket-address.js'

/** What of TLS is of one socket: where it goes, the name that goes before its host, its protocols. */
export interface TlsRequest {
  readonly address: ParsedAddress
  readonly serverName: string | undefined
  readonly alpn: readonly string[]
}

/** Configs that were made, so that keys are imported and chains parsed once. */
export class TlsConfigs {
  readonly #tls: ConnectSettings['tls']
  readonly #sessionStore = new MemorySessionStore()
  readonly #made = new Map<string, Promise<TlsClientConfig>>()

  constructor(tls: ConnectSettings['tls']) {
    this.#tls = tls
  }

  /** What fails is tried again the next time. @throws TlsError, or what the function of the options throws */
  get(request: TlsRequest): Promise<TlsClientConfig> {
    const { address, serverName = null, alpn } = request
    const key = JSON.stringify([address.text, serverName, alpn])
    const known = this.#made.get(key)
    if (known) return known
    for (const each of this.#made.keys()) {
      if (this.#made.size < maxConfigs) break
      this.#made.delete(each)
    }
    const making = this.#make(request)
    this.#made.set(key, making)
    making.catch(() => this.#made.delete(key))
    return making
  }

  async #make({ address: { hostname, port }, serverName, alpn }: TlsRequest): Promise<TlsClientConfig> {
    const options = typeof this.#tls === 'function' ? await this.#tls({ hostname, port }) : this.#tls
    return await TlsClientConfig.create({
      serverName: hostname,
      sessionStore: this.#sessionStore,
      ...options,
      trustAnchors: await trustAnchorsOf(options),
      ...(serverName !== undefined && { serverName }),
      ...(alpn.length > 0 && { alpnProtocols: alpn }),
    })
  }
}

/** "A TLS connection is established using default CAs": Mozilla's, loaded when they are needed. */
async function trustAnchorsOf({ trustAnchors, externalPsks }: SocketTlsOptions) {
  if (trustAnchors !== undefined) return trustAnchors
  if (externalPsks !== undefined && externalPsks.length > 0) return []
  const { loadMozillaRoots } = await import('../certificates/roots/mozilla-roots.js')
  return await loadMozillaRoots()
}

const maxConfigs = 256
