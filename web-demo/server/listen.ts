import type { Server } from 'node:net'

const loopback = '127.0.0.1'

/** Listens on the loopback address, on `port` or the next one that is free. Resolves to the port that it got. */
export async function listenFrom(server: Server, port: number, tries = 50): Promise<number> {
  for (let candidate = port; candidate < port + tries && candidate <= 65535; candidate++) {
    if (await tryToListen(server, candidate)) return portOf(server)
  }
  throw new Error(`no free port between ${port} and ${port + tries - 1}: name another one with --port`)
}

export function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port')
  return address.port
}

function tryToListen(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      server.off('listening', onListening)
      // EACCES: a port that this user may not have, or that the system keeps for itself
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false)
      else reject(error)
    }
    const onListening = () => {
      server.off('error', onError)
      resolve(true)
    }
    server.once('error', onError)
    server.once('listening', onListening)
    server.listen(port, loopback)
  })
}

/** Ends a server with all of its connections. */
export function closeServer(server: Server, connections: Iterable<{ destroy(): void }> = []): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    for (const connection of connections) connection.destroy()
  })
}
