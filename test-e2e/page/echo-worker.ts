import { messagePortStream } from '../../src/contexts.js'
import { type ContextTask, serveEcho } from './contexts.js'

/** The worker that is given a port and serves TLS on it. */
self.addEventListener('message', ({ data }: MessageEvent<{ port: MessagePort; task: ContextTask }>) => {
  serveEcho(messagePortStream(data.port), data.task)
})
