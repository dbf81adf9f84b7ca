import { createServer } from 'node:net'
import { runTest } from './run-test.js'

/**
 * A process that stays: it takes a test from a launcher over TCP, runs it beside others, and answers with what the
 * launcher is to write and its exit code. Arguments come as a count and then one by one, each ended by a NUL byte.
 */
const server = createServer({ allowHalfOpen: true }, (socket) => {
  let received = ''
  socket.setEncoding('utf8')
  // a launcher that the runner killed
  socket.on('error', () => undefined)
  socket.on('data', (text: string) => {
    received += text
    const [count, ...args] = received.split('\0').slice(0, -1)
    if (count === undefined || args.length < Number(count)) return
    socket.removeAllListeners('data')
    void runTest(args).then(({ exitCode, stdout, stderr }) => socket.end(`${exitCode}\n${stdout || stderr}`))
  })
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.(typeof address === 'object' ? address?.port : undefined)
})
process.once('disconnect', () => process.exit())
