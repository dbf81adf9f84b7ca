import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerProcess } from './server-process.js'

/** A TCP port of 127.0.0.1 that nothing listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  server.close()
  await once(server, 'close')
  return address.port
}

/**
 * Starts a server that takes a port number but cannot choose a free one itself, and waits until it accepts. Another
 * program may have taken the port meanwhile: then it starts again on another one.
 */
export async function startOnFreePort(
  start: (port: number) => ServerProcess,
): Promise<{ readonly process: ServerProcess; readonly port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const process = start(port)
    if (await accepts(port, process)) return { process, port }
    const output = process.output()
    await process.stop()
    if (attempt === 3) throw new Error(`the server did not start: ${output}`)
  }
}

async function accepts(port: number, process: ServerProcess): Promise<boolean> {
  const deadline = Date.now() + 10_000
  while (Date.now() < deadline && !process.hasExited()) {
    const socket = connect(port, '127.0.0.1')
    const connected = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true))
      socket.once('error', () => resolve(false))
    })
    socket.destroy()
    if (connected) return !process.hasExited()
    await sleep(50)
  }
  return false
}
