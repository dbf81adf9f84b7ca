import { dataChannelStream, dialTab, messagePortStream } from '../../src/contexts.js'
import type { DuplexStream } from '../../src/index.js'
import { openEchoServer } from './echo-server.js'
import type { ServerWorkerTask } from './server-worker.js'
import { answerRequests } from './signing.js'
import { tabChannels } from './tab-channels.js'

/** A server in another context, and the stream that leads there. */
export interface Way {
  readonly stream: DuplexStream
  /** Takes the other context away. */
  close(): void
}

export type WayName = 'worker' | 'tab' | 'peer'

/** @param sign makes a chain for the key that the other context has made */
export type OpenWay = (name: string, sign: (requestPem: string) => Promise<string>) => Promise<Way>

export const ways: Readonly<Record<WayName, OpenWay>> = { worker: startWorker, tab: openTab, peer: connectPeer }

async function startWorker(name: string, sign: Parameters<OpenWay>[1]): Promise<Way> {
  const worker = new Worker(new URL('./server-worker.ts', import.meta.url), { type: 'module' })
  answerRequests(worker, sign)
  const { port1, port2 } = new MessageChannel()
  const task: ServerWorkerTask = { port: port2, name }
  worker.postMessage(task, [port2])
  return { stream: messagePortStream(port1), close: () => worker.terminate() }
}

async function openTab(name: string, sign: Parameters<OpenWay>[1]): Promise<Way> {
  const id = crypto.randomUUID()
  const { control, tls } = tabChannels(id)
  const messages = new BroadcastChannel(control)
  answerRequests(messages, sign)
  const address = new URL(location.href)
  address.hash = new URLSearchParams({ serve: id, name }).toString()
  const tab = window.open(address)
  const close = () => {
    messages.close()
    tab?.close()
  }
  try {
    if (tab === null) throw new Error('the browser did not let this page open a tab')
    await new Promise<void>((resolve, reject) => {
      setTimeout(() => reject(new Error('the other tab did not begin to serve')), tabMs)
      messages.addEventListener('message', ({ data }) => {
        if (data?.isServing === true) resolve()
      })
    })
    return { stream: await dialTab(tls), close }
  } catch (error) {
    close()
    throw error
  }
}

/** Both ends of a WebRTC connection are in this page: what two browsers would signal is a call here. */
async function connectPeer(name: string, sign: Parameters<OpenWay>[1]): Promise<Way> {
  if (typeof RTCPeerConnection === 'undefined') throw new Error('this browser has no WebRTC')
  const server = await openEchoServer({ name, sign })
  const near = new RTCPeerConnection()
  const far = new RTCPeerConnection()
  near.addEventListener('icecandidate', ({ candidate }) => void far.addIceCandidate(candidate ?? undefined))
  far.addEventListener('icecandidate', ({ candidate }) => void near.addIceCandidate(candidate ?? undefined))
  far.addEventListener('datachannel', ({ channel }) => server.accept(dataChannelStream(channel)))
  const stream = dataChannelStream(near.createDataChannel('tls'))
  const offer = await near.createOffer()
  await near.setLocalDescription(offer)
  await far.setRemoteDescription(offer)
  const answer = await far.createAnswer()
  await far.setLocalDescription(answer)
  await near.setRemoteDescription(answer)
  return {
    stream,
    close() {
      far.close()
      near.close()
    },
  }
}

const tabMs = 15_000
