import type { DuplexStream } from '../connection/duplex-stream.js'
import { TlsError } from '../errors/tls-error.js'
import { type MessagePortLike, type MessagePortStreamOptions, streamOverPort } from './message-port-stream.js'

export interface DialTabOptions extends MessagePortStreamOptions {
  /** Ends the dialling; a connection that was made is ended through its streams. */
  readonly signal?: AbortSignal
  /** How long to wait for an answer, in milliseconds. Default 5000. */
  readonly timeoutMs?: number
}

export interface TabListener {
  /** Takes no more connections; those that are there go on. */
  close(): void
}

/**
 * Takes connections from other tabs, frames and workers of the same origin, over a BroadcastChannel of this name. Where
 * several contexts listen on a name, the first to answer has the connection. Everything on a BroadcastChannel reaches
 * every context of the origin that listens to the name: with TLS inside, that is ciphertext.
 */
export function listenOnTab(
  name: string,
  accept: (stream: DuplexStream) => void,
  options: MessagePortStreamOptions = {},
): TabListener {
  const channel = openChannel(name)
  channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    const call = tabMessage(data)
    if (call?.type !== 'call') return
    const own = crypto.randomUUID()
    const link = new TabLink(name, own, call.from)
    link.post({ type: 'answer', from: own, to: call.from })
    link.whenTaken(() => accept(streamOverPort(link, options, () => link.close())))
  })
  return { close: () => channel.close() }
}

/**
 * Connects to a context that listens with `listenOnTab` on the same name. Rejects with a TlsError `transport_failed`
 * when none answers in time, or `aborted`.
 */
export async function dialTab(name: string, options: DialTabOptions = {}): Promise<DuplexStream> {
  const { signal, timeoutMs = 5000 } = options
  if (signal?.aborted) throw aborted(signal)
  const own = crypto.randomUUID()
  const channel = openChannel(name)
  try {
    const peer = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new TlsError('transport_failed', `no tab answered on "${name}" within ${timeoutMs} ms`))
      }, timeoutMs)
      channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
        const answer = tabMessage(data)
        if (answer?.type !== 'answer' || answer.to !== own) return
        clearTimeout(timer)
        resolve(answer.from)
      })
      signal?.addEventListener('abort', () => {
        clearTimeout(timer)
        reject(aborted(signal))
      })
      channel.postMessage({ webtlsTab: { type: 'call', from: own } })
    })
    const link = new TabLink(name, own, peer)
    return streamOverPort(link, options, () => link.close())
  } finally {
    channel.close()
  }
}

type TabMessage =
  | { readonly type: 'call'; readonly from: string }
  | { readonly type: 'answer'; readonly from: string; readonly to: string }
  | { readonly type: 'carry'; readonly from: string; readonly to: string; readonly message: unknown }

/** One connection on a channel that all share, in the shape of a MessagePort. */
class TabLink implements MessagePortLike {
  readonly #peer: string
  readonly #own: string
  readonly #channel: BroadcastChannel
  readonly #listeners = new Set<(event: Event) => void>()
  /** What came before anyone listened. */
  #early: { readonly data: unknown }[] | undefined = []
  #onTaken: (() => void) | undefined

  constructor(name: string, own: string, peer: string) {
    this.#own = own
    this.#peer = peer
    this.#channel = openChannel(name)
    this.#channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      const message = tabMessage(data)
      if (message?.type !== 'carry' || message.to !== own || message.from !== peer) return
      this.#onTaken?.()
      const event = { data: message.message }
      if (this.#early) this.#early.push(event)
      else for (const listener of this.#listeners) listener(event as MessageEvent)
    })
  }

  /** The caller may have taken the answer of another context: then nothing comes, and this link is given up. */
  whenTaken(taken: () => void): void {
    const timer = setTimeout(() => this.close(), answerMs)
    this.#onTaken = () => {
      this.#onTaken = undefined
      clearTimeout(timer)
      // once the message at hand is among the early ones
      queueMicrotask(taken)
    }
  }

  post(message: TabMessage): void {
    this.#channel.postMessage({ webtlsTab: message })
  }

  /** A BroadcastChannel copies: nothing is transferred. */
  postMessage(message: unknown): void {
    this.post({ type: 'carry', from: this.#own, to: this.#peer, message })
  }

  addEventListener(type: string, listener: (event: Event) => void): void {
    if (type === 'message') this.#listeners.add(listener)
  }

  removeEventListener(_type: string, listener: (event: Event) => void): void {
    this.#listeners.delete(listener)
  }

  start(): void {
    const early = this.#early ?? []
    this.#early = undefined
    for (const event of early) for (const listener of this.#listeners) listener(event as MessageEvent)
  }

  close(): void {
    this.#channel.close()
  }
}

function openChannel(name: string): BroadcastChannel {
  if (typeof BroadcastChannel === 'undefined') {
    throw new TlsError('unsupported', 'this platform has no BroadcastChannel')
  }
  return new BroadcastChannel(name)
}

function tabMessage(data: unknown): TabMessage | undefined {
  const message = (data as { webtlsTab?: Partial<TabMessage> } | null)?.webtlsTab
  const isOurs = typeof message === 'object' && message !== null && typeof message.from === 'string'
  return isOurs ? (message as TabMessage) : undefined
}

function aborted(signal: AbortSignal): TlsError {
  return new TlsError('aborted', 'dialling a tab was aborted', { cause: signal.reason })
}

const answerMs = 5000
