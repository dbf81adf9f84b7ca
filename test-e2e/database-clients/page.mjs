/** A page that asks a database: its bundle has the client, the library, and polyfills of the two modules of Node's. */
import { createConnect } from '../../src/sockets.ts'
import { dialWebSocketRelay } from '../../src/websocket.ts'
import { queryWithPostgres } from './postgres.mjs'

export async function queryThroughRelay({ relay, host, port, trustAnchors }) {
  const connect = createConnect({ dial: (target) => dialWebSocketRelay(relay, target), tls: { trustAnchors } })
  return await queryWithPostgres(connect, { host, port })
}
