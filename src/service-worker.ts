export type { CookieJar } from './fetch/cookies/cookie-jar.js'
export { MemoryCookieJar, type MemoryCookieJarOptions } from './fetch/cookies/memory-cookie-jar.js'
export type { FetchTarget, FetchTlsOptions } from './fetch/fetch-options.js'
export {
  IndexedDbSessionStore,
  type IndexedDbSessionStoreOptions,
} from './service-worker/indexed-db-session-store.js'
export { installTunnel, type TunnelOptions } from './service-worker/install-tunnel.js'
export { type RegisterTunnelOptions, registerTunnel, type Tunnel } from './service-worker/register-tunnel.js'
export type { TunnelFailure } from './service-worker/tunnel-failure.js'
export type { TunnelRule } from './service-worker/tunnel-rules.js'
