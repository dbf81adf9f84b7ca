import type { DuplexStream } from '../connection/duplex-stream.js'
import { TlsError } from '../errors/tls-error.js'
import { checkedWindow, creditedStream, type LinkMessage, linkFailed } from './credited-stream.js'
import { type PeerWatch, watchPeer } from './peer-watch.js'

/** What a MessagePort has, a page's or one of Node's `worker_threads`; a Worker and a worker's `self` have it too. */
export interface MessagePortLike {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void
  addEventListener(type: string, listener: (event: Event) => void): void
  removeEventListener(type: string, listener: (event: Event) => void): void
  start?(): void
  close?(): void
}

export interface MessagePortStreamOptions {
  /** How many bytes may wait for this end's reader. Default 1 MiB. */
  readonly receiveWindowBytes?: number
}

/**
 * One connection over a MessagePort, both of whose ends call this: page and worker, two frames, two threads of Node. A
 * slow reader holds back the writer at the other end. The port belongs to the stream and is closed with it; messages of
 * others on it are left alone. When the other context goes away without a word both streams end with a TlsError
 * `transport_failed`, wherever the platform lets one notice: docs/transports.md.
 *
 * @throws TlsError `invalid_argument`
 */
export function messagePortStream(port: MessagePortLike, options: MessagePortStreamOptions = {}): DuplexStream {
  if (typeof port?.postMessage !== 'function' || typeof port.addEventListener !== 'function') {
    throw new TlsError('invalid_argument', 'not a MessagePort: it lacks postMessage or addEventListener')
  }
  // a worker's self has a close() of another meaning
  return streamOverPort(port, options, () => {
    if (typeof MessagePort !== 'undefined' && (port as unknown) instanceof MessagePort) port.close?.()
  })
}

/** @param closePort what ends the port with the stream */
export function streamOverPort(
  port: MessagePortLike,
  options: MessagePortStreamOptions,
  closePort: () => void,
): DuplexStream {
  const windowBytes = checkedWindow(options.receiveWindowBytes)
  let watch: PeerWatch | undefined
  const post = (message: PortMessage, transfer: ArrayBuffer[] = []) => port.postMessage({ [marker]: message }, transfer)

  const stream = creditedStream(
    {
      maxDataLength: 256 * 1024,
      ready: () => undefined,
      send(message) {
        if (message.kind !== 'data') return post(message)
        // a copy, which is then moved: the writer may go on to use its buffer
        const data = message.data.slice()
        post({ kind: 'data', data }, [data.buffer])
      },
      close() {
        port.removeEventListener('message', onMessage)
        port.removeEventListener('messageerror', onMessageError)
        port.removeEventListener('close', onClose)
        port.removeEventListener('error', onError)
        watch?.stop()
        closePort()
      },
    },
    windowBytes,
  )

  const onMessage = (event: Event) => {
    const message = portMessage((event as MessageEvent<unknown>).data)
    if (message === undefined) return
    if (message === 'malformed') return stream.fail(linkFailed('the other end sent what it must not'))
    if (message.kind === 'lock') return watch?.peerIs(message.name)
    stream.take(message)
  }
  const onMessageError = () => stream.fail(linkFailed('a message could not be read'))
  const onClose = () => stream.fail(linkFailed('the other end of the port is gone'))
  const onError = (event: Event) =>
    stream.fail(linkFailed(`the worker failed: ${(event as Partial<ErrorEvent>).message ?? 'unknown error'}`))

  port.addEventListener('message', onMessage)
  port.addEventListener('messageerror', onMessageError)
  port.addEventListener('close', onClose)
  port.addEventListener('error', onError)
  port.start?.()
  watch = watchPeer((name) => post({ kind: 'lock', name }), onClose)
  // by then the other end can notice that this one is gone
  void watch.ready.then(stream.start)
  return { readable: stream.readable, writable: stream.writable }
}

/** What travels under the marker; `lock` is the name of a Web Lock that the sender holds as long as it lives. */
type PortMessage = LinkMessage | { readonly kind: 'lock'; readonly name: string }

/** @returns undefined for a message of others */
function portMessage(data: unknown): PortMessage | 'malformed' | undefined {
  if (typeof data !== 'object' || data === null || !(marker in data)) return undefined
  const message = (data as Record<string, unknown>)[marker] as Record<string, unknown> | null
  switch (message?.kind) {
    case 'data':
      return message.data instanceof Uint8Array ? { kind: 'data', data: message.data } : 'malformed'
    case 'credit':
      return isCount(message.bytes) ? { kind: 'credit', bytes: message.bytes } : 'malformed'
    case 'abort':
      return { kind: 'abort', message: String(message.message).slice(0, 200) }
    case 'lock':
      return { kind: 'lock', name: String(message.name) }
    case 'end':
    case 'stop':
      return { kind: message.kind }
    default:
      return 'malformed'
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0

const marker = 'webtls'
