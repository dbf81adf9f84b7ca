import { createRelay, type Relay } from '../../src/relay.js'

/** A real relay that takes pages, and can be killed and started again on the same ports. */
export interface TestReverseRelay {
  /** For `listenOnRelay`. */
  readonly url: string
  /** Where clients come in. */
  readonly port: number
  /** All that has passed through it, of all connections and both ways, if it is captured. */
  captured(): Buffer
  /** Of clients to pages, now. */
  connections(): number
  kill(): Promise<void>
  startAgain(): Promise<void>
  stop(): Promise<void>
}

export async function startReverseRelay(
  origin: string,
  names: Readonly<Record<string, string>>,
  isCaptured = false,
): Promise<TestReverseRelay> {
  const chunks: Uint8Array[] = []
  const make = () =>
    createRelay({
      origins: [origin],
      logger: false,
      reverse: { names },
      ...(isCaptured && { onBytes: ({ bytes }) => void chunks.push(bytes) }),
    })
  let relay: Relay = make()
  const { url, port: pagePort } = await relay.listen({ port: 0 })
  const { port } = await relay.listenReverse({ port: 0 })
  return {
    url,
    port,
    captured: () => Buffer.concat(chunks),
    connections: () => relay.status().reverse?.connections ?? 0,
    kill: () => relay.close({ graceMs: 0 }),
    async startAgain() {
      relay = make()
      await relay.listen({ port: pagePort })
      await relay.listenReverse({ port })
    },
    stop: () => relay.close({ graceMs: 0 }),
  }
}
