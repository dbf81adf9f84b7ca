import type { TlsServerSocket, TlsSocketInfo } from '../../src/index.js'
import { testPki } from '../support/pki.js'
import {
  connectionOf,
  dialPeer,
  exchangeOf,
  type OurClientOptions,
  type OurServerOptions,
  servePeer,
} from './our-side.js'
import type { ProgramHandshake } from './program-peer.js'
import type { PeerClient, PeerClientOptions, PeerServer, PeerServerOptions, Stack } from './stack.js'

export interface Outcome {
  readonly ours: TlsSocketInfo
  readonly theirs: Partial<ProgramHandshake>
}

/** Runs a test with the peer as server, which is ended with it. */
export async function withPeerServer<T>(
  stack: Stack,
  options: Partial<PeerServerOptions>,
  use: (server: PeerServer) => Promise<T>,
): Promise<T> {
  const server = await stack.serve({ identities: [testPki().leaf['ecdsa-p256']], ...options })
  try {
    return await use(server)
  } finally {
    await server.stop()
  }
}

/** One connection of ours to a peer with all that belongs to it: both sides' data, and close_notify from both. */
export async function callPeer(
  stack: Stack,
  server: PeerServer,
  options: OurClientOptions = {},
  number = 1,
): Promise<Outcome> {
  const [ours, theirs] = await Promise.all([dialPeer(stack, server, options), exchangeOf(server.connection(number))])
  return { ours, theirs }
}

/** The same where the peer calls us, so often as `connections` says. */
export async function callUs(
  stack: Stack,
  { connections = 1, peer = {}, ...options }: OurServerOptions & { peer?: PeerClientOptions; connections?: number },
): Promise<readonly (Outcome & { readonly socket: TlsServerSocket })[]> {
  return await withOurServer(stack, { peer, ...options }, async (client, socketOf) => {
    const outcomes: (Outcome & { readonly socket: TlsServerSocket })[] = []
    for (let number = 1; number <= connections; number++) {
      const peer = client.connection(number)
      const theirs = await exchangeOf(peer)
      const socket = await socketOf(number)
      outcomes.push({ ours: await socket.opened, theirs, socket })
      const { isClean, alert } = await peer.end()
      if (isClean === false) throw new Error(`the peer saw no close_notify of ours, but ${alert ?? 'nothing'}`)
    }
    return outcomes
  })
}

/** Runs a test with the peer as client of a server of ours. */
export async function withOurServer<T>(
  stack: Stack,
  { peer = {}, ...options }: OurServerOptions & { peer?: PeerClientOptions },
  use: (client: PeerClient, socketOf: (number: number) => Promise<TlsServerSocket>) => Promise<T>,
): Promise<T> {
  const server = await servePeer(stack, options)
  const client = stack.dial(server, peer)
  try {
    return await use(client, (number) => connectionOf(server, number))
  } finally {
    await client.stop()
    await server.stop()
  }
}
