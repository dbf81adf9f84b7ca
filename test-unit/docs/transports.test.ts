import { beforeAll, describe, expect, it } from 'vitest'
import {
  acceptTls,
  connectTls,
  type DuplexStream,
  type TlsServerSocket,
  type TlsSocket,
  TrustAnchors,
} from '../../src/index.js'
import { createTestCa, createTestCertificate, type TestCertificate } from '../support/certificates.js'
import { within } from '../support/deadline.js'
import { docExamples, runExample, typeErrors } from '../support/doc-examples.js'

const examples = docExamples('docs/transports.md')

function run(name: string, given: Record<string, unknown>): Promise<Record<string, unknown>> {
  const example = examples.find((each) => each.name === name)
  if (!example) throw new Error(`there is no example ${name}`)
  return within(runExample(example, { given }), `the example ${name}`)
}

describe('the examples of docs/transports.md', () => {
  let ca: TestCertificate
  let leaf: TestCertificate
  beforeAll(async () => {
    ca = await createTestCa()
    leaf = await createTestCertificate({ ca, dnsNames: ['worker.internal'] })
  })
  const certificate = () => ({ certificateChain: leaf.chainPem, privateKey: leaf.pkcs8Pem })

  it('fit the types of the source', { timeout: 120_000 }, () => {
    expect(examples).toHaveLength(3)
    expect(typeErrors(examples)).toEqual([])
  })

  it('page and worker meet', async () => {
    let serving: Promise<Record<string, unknown>> | undefined
    const worker = {
      postMessage(port: MessagePort) {
        serving = run('transports-worker', { port, ...certificate() })
      },
    }
    const { socket } = await run('transports-page', { worker, trustAnchors: TrustAnchors.from(ca.pem) })
    await (socket as TlsSocket).close()
    const { socket: server } = (await serving) as { socket: TlsServerSocket }
    await server.closed
  })

  it('a transport of one’s own carries TLS, ends and all', async () => {
    const { serialStream } = await run('transports-own', {})
    const streamOf = serialStream as (port: TestSerialPort) => DuplexStream
    const [near, far] = [new TestSerialPort(), new TestSerialPort()]
    near.peer = far
    far.peer = near
    const server = acceptTls(streamOf(far), { identities: [certificate()] })
    const echoing = server.readable.pipeTo(server.writable)
    const client = connectTls(streamOf(near), { serverName: 'worker.internal', trustAnchors: ca.pem })
    const writer = client.writable.getWriter()
    const sending = writer.write(new Uint8Array(500_000)).then(() => writer.close())
    let length = 0
    for await (const chunk of client.readable) length += chunk.byteLength
    expect(length).toBe(500_000)
    await within(Promise.all([sending, echoing, client.closed, server.closed]), 'the end')
    expect(near.pauses + far.pauses).toBeGreaterThan(0)
  })
})

/** Holds what is sent while the other end is paused. */
class TestSerialPort {
  onBytes: (bytes: Uint8Array) => void = () => undefined
  onClose: (error?: Error) => void = () => undefined
  peer: TestSerialPort | undefined
  pauses = 0
  #isPaused = false
  #goOn: (() => void) | undefined

  pause(): void {
    this.pauses++
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#goOn?.()
  }

  async send(bytes: Uint8Array): Promise<void> {
    await this.peer?.take(() => this.peer?.onBytes(bytes))
  }

  async end(): Promise<void> {
    await this.peer?.take(() => this.peer?.onClose())
  }

  async take(deliver: () => void): Promise<void> {
    while (this.#isPaused) {
      await new Promise<void>((resolve) => {
        this.#goOn = resolve
      })
    }
    deliver()
  }
}
