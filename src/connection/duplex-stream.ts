/**
 * What TLS runs over: any pair of WHATWG byte streams. A WinterTC or Cloudflare socket, Direct Sockets, a
 * WebTransport stream, a Deno connection and Node's `Duplex.toWeb(socket)` all have this shape.
 */
export interface DuplexStream {
  readonly readable: ReadableStream<Uint8Array>
  readonly writable: WritableStream<Uint8Array>
}
