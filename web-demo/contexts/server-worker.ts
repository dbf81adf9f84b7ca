import { messagePortStream } from '../../src/contexts.js'
import { openEchoServer } from './echo-server.js'
import { requestChain } from './signing.js'

/** What the page gives its worker: a port and a name, and no key. */
export interface ServerWorkerTask {
  readonly port: MessagePort
  readonly name: string
}

const page = self as unknown as Worker

page.addEventListener('message', async ({ data }: MessageEvent<Partial<ServerWorkerTask>>) => {
  const { port, name } = data
  if (port === undefined || name === undefined) return
  const server = await openEchoServer({ name, sign: (request) => requestChain(page, request) })
  server.accept(messagePortStream(port))
})
