import { type HttpHandler, type HttpServer, type HttpServerOptions, serveHttp } from '../../src/http.js'
import { memoryDuplexPair } from '../../src/index.js'
import { latin1, text } from '../http/support.js'
import { readAll } from '../support/streams.js'

export interface Talk {
  readonly server: HttpServer
  send(message: string | Uint8Array): Promise<void>
  /** Ends the client's side. */
  end(): Promise<void>
  /** Waits until what has come matches. */
  until(pattern: RegExp): Promise<string>
  /** All that came, when the server has ended. */
  rest(): Promise<string>
  readonly reader: ReadableStreamDefaultReader<Uint8Array>
  readonly writer: WritableStreamDefaultWriter<Uint8Array>
}

/** A client that says what the test writes, and a server over it. */
export function talk(handler: HttpHandler, options: HttpServerOptions = {}): Talk {
  const [client, far] = memoryDuplexPair()
  const server = serveHttp(far, handler, options)
  const writer = client.writable.getWriter()
  writer.closed.catch(() => undefined)
  const reader = client.readable.getReader()
  let come = ''
  const more = async () => {
    const { done, value } = await reader.read()
    if (value) come += text(value)
    return !done
  }
  return {
    server,
    writer,
    reader,
    send: (message) => writer.write(typeof message === 'string' ? latin1(message) : message),
    end: () => writer.close(),
    async until(pattern) {
      while (!pattern.test(come)) if (!(await more())) throw new Error(`ended without ${pattern}: ${come}`)
      return come
    },
    async rest() {
      while (await more());
      return come
    },
  }
}

/** One message, or more, and all that is answered. */
export async function ask(message: string, handler: HttpHandler, options?: HttpServerOptions): Promise<string> {
  const talking = talk(handler, options)
  void talking.send(message).catch(() => undefined)
  void talking.end().catch(() => undefined)
  const answer = await talking.rest()
  await talking.server.finished
  return answer
}

export const get = (target: string, ...fields: readonly string[]): string =>
  [`GET ${target} HTTP/1.1`, 'Host: tab.example', ...fields, '', ''].join('\r\n')

export const post = (body: string, ...fields: readonly string[]): string =>
  [`POST /up HTTP/1.1`, 'Host: tab.example', `Content-Length: ${body.length}`, ...fields, '', body].join('\r\n')

export { readAll }
