/** What the tunnel uses of a service worker's global scope: the types of pages do not have it. */
export interface TunnelWorkerScope {
  readonly location: { readonly origin: string }
  readonly clients: { claim(): Promise<void>; get(id: string): Promise<TunnelPage | undefined> }
  skipWaiting(): Promise<void>
  addEventListener(type: 'fetch', listener: (event: TunnelFetchEvent) => void): void
  addEventListener(type: 'install' | 'activate', listener: (event: WaitableEvent) => void): void
}

export interface WaitableEvent {
  waitUntil(done: Promise<unknown>): void
}

export interface TunnelFetchEvent extends WaitableEvent {
  readonly request: Request
  /** The page that asks; empty for the request of a page itself. */
  readonly clientId: string
  respondWith(response: Promise<Response>): void
}

interface TunnelPage {
  postMessage(message: unknown): void
}
