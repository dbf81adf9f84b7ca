import { dataChannelStream, dialTab, listenOnTab, messagePortStream } from '../../src/contexts.js'
import { acceptTls, connectTls, type DuplexStream, type TlsSocket } from '../../src/index.js'
import { readToEnd } from '../client/http-exchange.js'
import { patternBytes, sha256Hex } from '../client/pattern-bytes.js'

/** A server in one context, a client in another; JSON, as all that goes through a browser's driver. */
export interface ContextTask {
  readonly via: 'worker' | 'frame' | 'tab' | 'data channel'
  /** PEM. */
  readonly certificateChain: string
  readonly privateKey: string
  readonly trustAnchors: string
  readonly serverName: string
  /** So many bytes go there and back. */
  readonly bytes: number
  /** The server's context is taken away once the handshake is done. */
  readonly isLost?: boolean
}

export interface ContextReport {
  readonly group?: string | undefined
  readonly length?: number
  readonly sha256?: string
  /** The code of the error that a loss ended the connection with. */
  readonly lostWith?: string
  /** What this engine lacks. */
  readonly missing?: string
}

/** Serves TLS on a stream and sends back what comes. */
export function serveEcho(stream: DuplexStream, { certificateChain, privateKey }: ContextTask): void {
  const socket = acceptTls(stream, { identities: [{ certificateChain, privateKey }] })
  socket.readable.pipeTo(socket.writable).catch(() => undefined)
}

/** In the frame that is the other tab. */
export function serveTab(name: string, task: ContextTask): void {
  listenOnTab(name, (stream) => serveEcho(stream, task))
}

export async function talkToContext(task: ContextTask): Promise<ContextReport> {
  if (task.via === 'data channel' && typeof RTCPeerConnection === 'undefined') return { missing: 'RTCPeerConnection' }
  const { stream, lose } = await ways[task.via](task)
  const { serverName, trustAnchors, bytes } = task
  const socket = connectTls(stream, { serverName, trustAnchors })
  const { group } = await socket.opened
  if (task.isLost) {
    lose()
    return { lostWith: await lossOf(socket) }
  }
  const sent = patternBytes(bytes)
  const writer = socket.writable.getWriter()
  const sending = writer.write(sent).then(() => writer.close())
  const received = await readToEnd(socket.readable)
  await sending
  await socket.closed
  lose()
  return { group, length: received.length, sha256: await sha256Hex(received) }
}

async function lossOf(socket: TlsSocket): Promise<string> {
  return await socket.closed.then(
    () => 'closed as if nothing had happened',
    (error: { code?: string }) => error.code ?? String(error),
  )
}

interface Way {
  readonly stream: DuplexStream
  /** Takes the other context away. */
  readonly lose: () => void
}

const ways: Readonly<Record<ContextTask['via'], (task: ContextTask) => Promise<Way>>> = {
  async worker(task) {
    const worker = new Worker(new URL('./echo-worker.ts', import.meta.url), { type: 'module' })
    const { port1, port2 } = new MessageChannel()
    worker.postMessage({ port: port2, task }, [port2])
    return { stream: messagePortStream(port1), lose: () => worker.terminate() }
  },

  async frame(task) {
    const frame = await openFrame()
    const { port1, port2 } = new MessageChannel()
    frame.contentWindow?.postMessage({ port: port2, task }, location.origin, [port2])
    return { stream: messagePortStream(port1), lose: () => frame.remove() }
  },

  async tab(task) {
    const name = `tab ${crypto.randomUUID()}`
    const frame = await openFrame()
    frame.contentWindow?.webtlsTest.serveTab(name, task)
    return { stream: await dialTab(name), lose: () => frame.remove() }
  },

  async 'data channel'(task) {
    const [near, far] = [new RTCPeerConnection(), new RTCPeerConnection()]
    near.addEventListener('icecandidate', ({ candidate }) => void far.addIceCandidate(candidate ?? undefined))
    far.addEventListener('icecandidate', ({ candidate }) => void near.addIceCandidate(candidate ?? undefined))
    far.addEventListener('datachannel', ({ channel }) => serveEcho(dataChannelStream(channel), task))
    const stream = dataChannelStream(near.createDataChannel('tls'))
    await near.setLocalDescription()
    await far.setRemoteDescription(near.localDescription as RTCSessionDescription)
    await far.setLocalDescription()
    await near.setRemoteDescription(far.localDescription as RTCSessionDescription)
    const lose = () => {
      far.close()
      near.close()
    }
    return { stream, lose }
  },
}

async function openFrame(): Promise<HTMLIFrameElement> {
  const frame = document.createElement('iframe')
  frame.src = location.href
  document.body.append(frame)
  await new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }))
  return frame
}

/** A frame that is given a port serves on it. */
export function serveOnPorts(): void {
  window.addEventListener('message', ({ data, origin }: MessageEvent<{ port?: MessagePort; task?: ContextTask }>) => {
    if (origin === location.origin && data.port && data.task) serveEcho(messagePortStream(data.port), data.task)
  })
}
