/** What a Worker, a worker's `self` and a BroadcastChannel have in common. */
interface Messages {
  postMessage(message: unknown): void
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void
  removeEventListener(type: 'message', listener: (event: MessageEvent) => void): void
}

interface SigningMessage {
  readonly certificationRequest?: string
  readonly certificateChain?: string
}

/** Signs what the other context asks for: only the request and the chain pass, both of them public. */
export function answerRequests(messages: Messages, sign: (requestPem: string) => Promise<string>): void {
  messages.addEventListener('message', async ({ data }: MessageEvent<SigningMessage>) => {
    if (typeof data?.certificationRequest !== 'string') return
    // a request that cannot be read gets no answer: who sent it waits no longer than it wants to
    const certificateChain = await sign(data.certificationRequest).catch(() => undefined)
    if (certificateChain !== undefined) messages.postMessage({ certificateChain })
  })
}

export async function requestChain(messages: Messages, certificationRequest: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer)
      messages.removeEventListener('message', onMessage)
    }
    const timer = setTimeout(() => {
      settle()
      reject(new Error('the page that has the CA does not answer'))
    }, answerMs)
    const onMessage = ({ data }: MessageEvent<SigningMessage>) => {
      if (typeof data?.certificateChain !== 'string') return
      settle()
      resolve(data.certificateChain)
    }
    messages.addEventListener('message', onMessage)
    messages.postMessage({ certificationRequest })
  })
}

const answerMs = 5000
