import { once } from 'node:events'
import { connect } from 'node:net'
import { expect } from 'vitest'
import {
  type ClientSession,
  connectTls,
  MemorySessionStore,
  type TlsClientOptions,
  TlsError,
  type TlsErrorCode,
  type TlsSocket,
} from '../../src/index.js'
import { socketStream } from '../../src/transports/node-socket.js'
import { serverName, testPki } from '../support/pki.js'

/** Our client over TCP, trusting the test's authorities and asking for the test's name, unless told otherwise. */
export function connectTo(
  server: { readonly host: string; readonly port: number },
  options: Partial<TlsClientOptions> & { readonly earlyData?: Uint8Array } = {},
): TlsSocket {
  return connectTls(openTcp(server), { serverName, trustAnchors: testPki().trustAnchors, ...options })
}

async function openTcp(server: { readonly host: string; readonly port: number }) {
  const socket = connect({ host: server.host, port: server.port, allowHalfOpen: true })
  await once(socket, 'connect')
  return socketStream(socket)
}

/** That a promise rejects with a TlsError of this code; returns the error. */
export async function expectFailure(promise: Promise<unknown>, code: TlsErrorCode): Promise<TlsError> {
  const error = await promise.then(
    () => new Error(`resolved instead of ${code}`),
    (reason: unknown) => reason,
  )
  if (!(error instanceof TlsError)) throw error
  expect(error.code, error.message).toBe(code)
  return error
}

/** A store of sessions that tells when the first has come, and can give that one again and again. */
export class NotedSessions extends MemorySessionStore {
  readonly received: Promise<void>
  readonly #isReusing: boolean
  #first: ClientSession | undefined
  #tell: () => void = () => undefined

  constructor({ isReusing = false } = {}) {
    super()
    this.#isReusing = isReusing
    this.received = new Promise((resolve) => {
      this.#tell = resolve
    })
  }

  override take(key: string): ClientSession | undefined {
    return this.#isReusing ? this.#first : super.take(key)
  }

  override put(key: string, session: ClientSession): void {
    this.#first ??= session
    super.put(key, session)
    this.#tell()
  }
}

/** Reads until so many bytes are there. */
export async function readText(socket: TlsSocket, length: number): Promise<string> {
  const reader = socket.readable.getReader()
  try {
    let text = ''
    while (text.length < length) {
      const { done, value } = await reader.read()
      if (done) throw new Error(`the stream ended after ${JSON.stringify(text)}`)
      text += new TextDecoder('latin1').decode(value)
    }
    return text
  } finally {
    reader.releaseLock()
  }
}

export async function writeText(socket: TlsSocket, text: string): Promise<void> {
  const writer = socket.writable.getWriter()
  try {
    await writer.write(new TextEncoder().encode(text))
  } finally {
    writer.releaseLock()
  }
}
