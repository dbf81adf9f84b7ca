import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** What is done with the bytes that a server sends, on the way to the client. */
export type Lie = 'alters' | 'drops' | 'repeats' | 'reorders' | 'cuts'

export interface LyingPath {
  readonly host: string
  readonly port: number
  stop(): Promise<void>
}

/**
 * A relay's view of a connection, in the hands of someone who lies: it passes `after` bytes of the server on, and does
 * its lie once, to what comes then.
 */
export async function startLyingPath(
  target: { host: string; port: number },
  lie: Lie,
  after: number,
): Promise<LyingPath> {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(target)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.pipe(upstream)
    let passed = 0
    let isDone = false
    let held: Buffer | undefined
    upstream.on('data', (data) => {
      const isTime = !isDone && passed + data.length > after
      passed += data.length
      if (!isTime) return void client.write(data)
      const at = Math.max(0, after - (passed - data.length))
      if (lie === 'reorders') {
        // the second half of what is held goes first
        held = Buffer.concat([held ?? Buffer.alloc(0), data])
        if (held.length < at + 64) return
        const middle = at + Math.floor((held.length - at) / 2)
        client.write(Buffer.concat([held.subarray(0, at), held.subarray(middle), held.subarray(at, middle)]))
      } else if (lie === 'alters') {
        const altered = Buffer.from(data)
        altered[at] = (altered[at] ?? 0) ^ 1
        client.write(altered)
      } else if (lie === 'drops') client.write(Buffer.concat([data.subarray(0, at), data.subarray(at + 1)]))
      else if (lie === 'repeats') client.write(Buffer.concat([data.subarray(0, at + 1), data.subarray(at)]))
      else {
        client.write(data.subarray(0, at))
        client.end()
      }
      isDone = true
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    host: '127.0.0.1',
    port: (server.address() as { port: number }).port,
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
