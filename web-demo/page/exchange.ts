import {
  connectTls,
  SecurityPolicy,
  type TlsClientOptions,
  type TlsSocket,
  type TlsSocketInfo,
} from '../../src/index.js'
import type { ConnectionCapture } from '../../src/inspect.js'
import { dialWebSocketRelay } from '../../src/websocket.js'
import { type HttpResponse, readResponse } from '../http/read-response.js'
import { requestHead } from '../http/write-request.js'
import type { DemoConfig } from '../server/demo-config.js'
import { tapPath } from '../server/tap-path.js'
import type { Recorder } from '../wire/recorder.js'
import type { RelayView } from '../wire/relay-view.js'
import { followTap } from '../wire/tap-client.js'
import { tapStream } from '../wire/tap-stream.js'
import { BodyReceiver, type ReceivedBody } from './body-receiver.js'
import type { FormValues } from './form-values.js'
import { type RequestBody, sendBody } from './request-body.js'

/** What is told of an exchange while it goes on. */
export interface ExchangeListener {
  stage(stage: ExchangeStage): void
  opened(info: TlsSocketInfo): void
  responded(response: HttpResponse): void
  progress(body: ReceivedBody): void
  uploaded(bytes: number, total: number): void
  /** The recorder or the relay's view has more. */
  wireChanged(): void
}

export type ExchangeStage = 'dialling' | 'handshake' | 'request' | 'response' | 'closing'

export interface ExchangeContext {
  readonly values: FormValues
  readonly config: DemoConfig | undefined
  readonly body: RequestBody | undefined
  readonly recorder: Recorder
  /** Keeps the connection's bytes and secrets, where the user has asked for it. */
  readonly capture: ConnectionCapture | undefined
  readonly relayView: RelayView
  readonly signal: AbortSignal
  readonly listener: ExchangeListener
}

/** The whole main job: through the relay to the server, TLS from end to end, one request, its answer. */
export async function exchange(context: ExchangeContext): Promise<ReceivedBody> {
  const { values, listener, signal } = context
  listener.stage('dialling')
  const stream = await dialWebSocketRelay(values.relay, { host: values.host, port: values.port, signal })
  const hasTap = context.config?.hasTap === true && context.config.relayUrl === values.relay
  const isTapped = hasTap && stream.connectionId !== undefined
  const transport = isTapped ? stream : tapStream(stream, context.relayView, listener.wireChanged)
  const tap = isTapped
    ? followTap(`.${tapPath}${stream.connectionId}`, context.relayView, listener.wireChanged)
    : undefined
  listener.stage('handshake')
  const socket = connectTls(context.capture?.tap(transport) ?? transport, tlsOptions(context))
  try {
    listener.opened(await socket.opened)
    const [, body] = await Promise.all([send(socket, context), receive(socket, context)])
    listener.stage('closing')
    await socket.close()
    return body
  } catch (error) {
    // what is wrong may be in the HTTP alone: the connection does not outlive it
    await socket.close(error)
    throw error
  } finally {
    // what the relay saw last is told a moment later
    setTimeout(() => tap?.close(), lingerMilliseconds)
  }
}

function tlsOptions({ values, config, recorder, capture, listener, signal }: ExchangeContext): TlsClientOptions {
  const alpnProtocols = values.alpn.split(/[\s,]+/).filter((protocol) => protocol !== '')
  const suites = values.cipherSuite === '' ? {} : { cipherSuites: [values.cipherSuite] }
  const groups = values.group === '' ? {} : { groups: [values.group] }
  const shares = values.withoutKeyShare ? { keyShares: [] } : {}
  return {
    serverName: values.serverName || values.host.replace(/^\[(.*)\]$/, '$1'),
    trustAnchors: values.trust === 'demo' ? (config?.trustPem ?? '') : values.pem,
    ...(alpnProtocols.length === 0 ? {} : { alpnProtocols }),
    securityPolicy: SecurityPolicy.from({ ...suites, ...groups, ...shares } as Parameters<
      typeof SecurityPolicy.from
    >[0]),
    signal,
    ...(capture ? { keyLog: capture.keyLog } : {}),
    onEvent(event) {
      recorder.onEvent(event)
      listener.wireChanged()
    },
  }
}

async function send(socket: TlsSocket, context: ExchangeContext): Promise<void> {
  const { values, body, recorder, listener } = context
  listener.stage('request')
  const head = requestHead({ ...values, contentType: body?.contentType, contentLength: body?.length })
  const bytes = new TextEncoder().encode(head)
  const writer = socket.writable.getWriter()
  try {
    recorder.wrote(bytes)
    await writer.write(bytes)
    if (body) {
      await sendBody(writer, body, (chunk, sent) => {
        recorder.wrote(chunk)
        listener.uploaded(sent, body.length)
      })
    }
  } finally {
    writer.releaseLock()
  }
}

async function receive(socket: TlsSocket, { values, recorder, listener }: ExchangeContext): Promise<ReceivedBody> {
  const noted = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      recorder.read(chunk)
      listener.wireChanged()
      controller.enqueue(chunk)
    },
  })
  const response = await readResponse(socket.readable.pipeThrough(noted), values.method)
  listener.stage('response')
  listener.responded(response)
  const receiver = new BodyReceiver(response)
  for await (const piece of response.body) {
    receiver.add(piece)
    listener.progress(receiver)
  }
  receiver.finish()
  listener.progress(receiver)
  return receiver
}

const lingerMilliseconds = 1500
