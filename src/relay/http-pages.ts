import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Registry } from 'prom-client'
import type { RelayError } from '../transports/relay-error.js'
import { sentReason } from './tunnel.js'

/** What the relay's port says to requests that are no WebSockets. */
export function answerPlainRequest(request: IncomingMessage, response: ServerResponse, isDraining: boolean): void {
  if (request.url === '/health') answerHealth(response, isDraining)
  else if (request.url === '/') answer(response, 404, `This is a relay: ${usage}, as a WebSocket.`)
  else {
    response.setHeader('upgrade', 'websocket')
    response.setHeader('connection', 'upgrade')
    answer(response, 426, `This is a relay and takes WebSockets only: ${usage}.`)
  }
}

const usage = 'wss://<this host>/<host>:<port>'

/** The opt-in second port, for a monitoring system and not for the public: `/metrics` and `/health`. */
export function metricsServer(registry: Registry, isDraining: () => boolean): Server {
  return createServer((request, response) => {
    if (request.url === '/health') return answerHealth(response, isDraining())
    if (request.url !== '/metrics') return answer(response, 404, 'Here are /metrics and /health.')
    registry.metrics().then(
      (text) => {
        response.setHeader('content-type', registry.contentType)
        response.end(text)
      },
      (error) => answer(response, 500, String(error)),
    )
  })
}

/** Refuses an upgrade with a status: for clients that did not offer the framed protocol, which has a better way. */
export function refuseUpgrade(socket: Duplex, error: RelayError): void {
  const status = statuses[sentReason(error)] ?? 502
  const body = `${error.message}\n`
  socket.on('error', () => undefined)
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: text/plain; charset=utf-8\r\n` +
      `x-webtls-relay-error: ${error.code}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}

const statuses: Readonly<Partial<Record<string, number>>> = {
  bad_target: 400,
  protocol_error: 400,
  unauthorized: 401,
  forbidden_origin: 403,
  blocked: 403,
  limit: 429,
  shutting_down: 503,
}

function answerHealth(response: ServerResponse, isDraining: boolean): void {
  response.setHeader('content-type', 'application/json')
  response.statusCode = isDraining ? 503 : 200
  response.end(JSON.stringify({ status: isDraining ? 'draining' : 'ok' }))
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status
  response.setHeader('content-type', 'text/plain; charset=utf-8')
  response.end(`${text}\n`)
}
