import { connectTls, type DuplexStream, type TlsSocket } from '../../src/index.js'
import { dialWebSocketRelay } from '../../src/websocket.js'
import { connectWisp } from '../../src/wisp.js'
import { exchange } from '../client/http-exchange.js'
import { patternBytes, sha256Hex } from '../client/pattern-bytes.js'
import type { ConnectReport, ConnectTask } from './task.js'

/** The page's part of the main job: TLS through the relay, a request over it, and a clean end. */
export async function connect(task: ConnectTask): Promise<ConnectReport> {
  const { relay, relayToken, relayMode, host, port } = task
  if (relayMode === 'wisp') return await connectOverWisp(task)
  const transport = dialWebSocketRelay(relay, {
    host,
    port,
    ...(relayToken === undefined ? {} : { token: relayToken }),
    ...(relayMode === undefined ? {} : { mode: relayMode }),
  })
  return await connectOver(transport, task)
}

/** All connections over one WebSocket; what the first of them saw, once all have seen the same. */
async function connectOverWisp(task: ConnectTask): Promise<ConnectReport> {
  const { relay, host, port, connections = 1 } = task
  const session = await connectWisp(relay)
  const reports = await Promise.all(
    Array.from({ length: connections }, () => connectOver(session.dial({ host, port }), task)),
  )
  if (session.streams > 0) throw new Error(`${session.streams} streams were left`)
  session.close()
  await session.closed
  const [first] = reports
  if (first === undefined || reports.some(({ answer }) => answer?.sha256 !== first.answer?.sha256)) {
    throw new Error('the answers differ')
  }
  return first
}

async function connectOver(transport: Promise<DuplexStream>, task: ConnectTask): Promise<ConnectReport> {
  const { serverName, trustAnchors, alpnProtocols } = task
  const socket = connectTls(transport, {
    serverName,
    trustAnchors,
    ...(alpnProtocols === undefined ? {} : { alpnProtocols }),
  })
  const info = await socket.opened
  const answer = task.request === undefined ? undefined : await ask(socket, task)
  await socket.close()
  await socket.closed
  return {
    cipherSuite: info.cipherSuite,
    group: info.group,
    signatureScheme: info.signatureScheme,
    alpnProtocol: info.alpnProtocol,
    helloRetried: info.helloRetried,
    subjects: info.verifiedPath.map((certificate) => certificate.subject),
    ...(answer === undefined ? {} : { answer }),
  }
}

async function ask(
  socket: TlsSocket,
  { serverName, request }: ConnectTask,
): Promise<NonNullable<ConnectReport['answer']>> {
  const { method, path = '/', uploadBytes } = request ?? {}
  const { status, body } = await exchange(socket, {
    ...(method === undefined ? {} : { method }),
    path,
    host: serverName,
    ...(uploadBytes === undefined ? {} : { body: patternBytes(uploadBytes) }),
  })
  return {
    status,
    length: body.length,
    sha256: await sha256Hex(body),
    text: body.length < 1000 ? new TextDecoder().decode(body) : undefined,
  }
}
