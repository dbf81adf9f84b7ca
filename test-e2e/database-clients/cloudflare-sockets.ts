import type { AnySocketAddress, Connect, Socket, SocketOptions } from '../../src/sockets.js'

/** What a bundler is told to take for `cloudflare:sockets`: it leads to the `connect()` that was chosen last. */
export function connect(address: AnySocketAddress, options?: SocketOptions): Socket {
  if (chosen === undefined) throw new Error('no connect() was chosen')
  return chosen(address, options)
}

export function useConnect(connect: Connect): void {
  chosen = connect
}

let chosen: Connect | undefined
