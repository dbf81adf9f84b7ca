/** A Worker: the built library over the platform's own sockets. It is asked over HTTP and answers in JSON. */
import { connect as platformConnect } from 'cloudflare:sockets'
import { createConnect } from '../../dist/sockets.js'

export default {
  async fetch(request) {
    const { act, ...task } = await request.json()
    const connect = createConnect({ dial: platformConnect, tls: { trustAnchors: task.trustAnchors } })
    try {
      return Response.json(await acts[act](connect, task))
    } catch (error) {
      return Response.json({ failed: { code: error.code, message: error.message } })
    }
  },
}

const acts = {
  async get(connect, { host, port, serverName, path }) {
    const socket = connect({ hostname: host, port }, { secureTransport: 'on', sni: serverName })
    const { remoteAddress, tls } = await socket.opened
    const writer = socket.writable.getWriter()
    await writer.write(`GET ${path} HTTP/1.1\r\nHost: ${serverName}\r\nConnection: close\r\n\r\n`)
    const received = new Uint8Array(await new Response(socket.readable).arrayBuffer())
    await socket.closed
    const text = new TextDecoder('latin1').decode(received.subarray(0, 2000))
    const body = received.subarray(text.indexOf('\r\n\r\n') + 4)
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', body))
    const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
    return { remoteAddress, protocol: tls.protocol, status: text.split('\r\n')[0], length: body.length, sha256 }
  },

  /** PostgreSQL's SSLRequest, and a query by hand; its user needs no password. */
  async query(connect, { host, port, serverName }) {
    const plain = connect(`${host}:${port}`, { secureTransport: 'starttls' })
    const writer = plain.writable.getWriter()
    const reader = plain.readable.getReader()
    await writer.write(Uint8Array.of(0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f))
    const consent = await read(reader, 'S')
    writer.releaseLock()
    reader.releaseLock()
    const socket = plain.startTls({ expectedServerHostname: serverName })
    await Promise.all([socket.opened, plain.closed])
    const secure = { writer: socket.writable.getWriter(), reader: socket.readable.getReader() }
    await secure.writer.write(message('', `\0\x03\0\0user\0tester\0database\0postgres\0\0`))
    await read(secure.reader, readyForQuery)
    const query = 'select version from pg_stat_ssl where pid = pg_backend_pid()'
    await secure.writer.write(message('Q', `${query}\0`))
    const answer = await read(secure.reader, readyForQuery)
    await socket.close()
    return { consent, upgraded: plain.upgraded, answer }
  },
}

async function read(reader, end) {
  let text = ''
  while (!text.endsWith(end)) {
    const { done, value } = await reader.read()
    if (done) throw new Error(`the server ended after ${JSON.stringify(text)}`)
    text += new TextDecoder('latin1').decode(value)
  }
  return text
}

/** PostgreSQL, "Message Formats": a type, the length of the rest with its own, the rest. */
function message(type, rest) {
  const bytes = new TextEncoder().encode(`${type}\0\0\0\0${rest}`)
  new DataView(bytes.buffer).setUint32(type.length, bytes.length - type.length)
  return bytes
}

const readyForQuery = 'Z\0\0\0\x05I'
