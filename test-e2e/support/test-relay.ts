import { createRelay } from '../../src/relay.js'

/** The real relay, allowed to reach this machine only. */
export interface TestRelay {
  /** For `dialWebSocketRelay`. */
  readonly url: string
  /** Keeps what passes through it from now on, of all connections and both ways, until it is asked for. */
  startCapture(): void
  takeCapture(): Buffer
  /** The payload that waits in it, in bytes. */
  buffered(): number
  stop(): Promise<void>
}

export interface TestRelayOptions {
  readonly origins: readonly string[]
  readonly allow?: readonly string[]
  readonly tokens?: readonly string[]
  /** Then Wisp is at `wisp/` below `url`. */
  readonly wisp?: boolean
}

export async function startTestRelay(options: TestRelayOptions): Promise<TestRelay> {
  let captured: Uint8Array[] | undefined
  const relay = createRelay({
    allow: ['127.0.0.1:*'],
    ...options,
    logger: false,
    onBytes: ({ bytes }) => captured?.push(bytes),
  })
  const { url } = await relay.listen({ port: 0 })
  return {
    url,
    startCapture() {
      captured = []
    },
    takeCapture() {
      const all = Buffer.concat(captured ?? [])
      captured = undefined
      return all
    },
    buffered() {
      const { toClient, toTarget } = relay.status().buffered
      return toClient + toTarget
    },
    stop: () => relay.close({ graceMs: 0 }),
  }
}
