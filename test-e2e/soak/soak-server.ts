import { setTimeout as sleep } from 'node:timers/promises'
import { TicketKeys, type TlsErrorCode, TlsServerConfig } from '../../src/index.js'
import { type AcceptedTlsSocket, listen, type TlsListener } from '../../src/node.js'
import { identityOf } from '../node/serving.js'
import { testPki } from '../support/pki.js'
import { type MemorySample, sampleMemory } from './memory.js'
import { answerCalls } from './worker-calls.js'

/** The one server process that all connections go to. */
export interface SoakServer {
  start(argument: null): Promise<number>
  /** Waits until no connection is left, and measures. */
  sample(argument: null): Promise<MemorySample>
  /** Measures at once. */
  sampleBusy(argument: null): Promise<MemorySample>
  /** Handshakes and connections that failed, by code. */
  failures(argument: null): Promise<Readonly<Record<string, number>>>
}

let listener: TlsListener | undefined
let connections = 0
const failures: Partial<Record<TlsErrorCode | 'unknown', number>> = {}
const failed = (error: unknown) => {
  const code = (error as { code?: TlsErrorCode }).code ?? 'unknown'
  failures[code] = (failures[code] ?? 0) + 1
}

answerCalls({
  async start() {
    const config = await TlsServerConfig.create({
      identities: [identityOf(testPki().leaf['ecdsa-p256'])],
      ticketKeys: TicketKeys.generated(),
      maxEarlyData: 1000,
    })
    const listening = await listen({ port: 0 }, config, { onError: failed })
    listener = listening
    void (async () => {
      for await (const socket of listening) {
        connections += 1
        serve(socket).catch(failed)
      }
    })()
    const { address } = listening
    if (!address || 'path' in address) throw new Error('a TCP server has a port')
    return address.port
  },
  async sample() {
    const deadline = Date.now() + 15_000
    while ((listener?.status().connections ?? 0) > 0) {
      if (Date.now() > deadline) throw new Error(`connections are left: ${JSON.stringify(listener?.status())}`)
      await sleep(20)
    }
    return await sampleMemory(connections)
  },
  sampleBusy: () => sampleMemory(connections),
  failures: async () => failures,
} satisfies { readonly [Name in keyof SoakServer]: unknown } as never)

/** The first byte says what the client wants; all of it is sent back, first what came as early data. */
async function serve(socket: AcceptedTlsSocket): Promise<void> {
  const writer = socket.writable.getWriter()
  for await (const chunk of socket.earlyData) await writer.write(chunk)
  let wish: string | undefined
  for await (const chunk of socket.readable) {
    wish ??= String.fromCharCode(chunk[0] ?? 0)
    if (wish === 'a') return await socket.close(new Error('the client asked for it'))
    if (wish === 's') await sleep(5)
    await writer.write(chunk)
    // it goes on reading, and has said its last word
    if (wish === 'h') {
      await writer.close()
      wish = 'r'
    }
    if (wish === 'r') break
  }
  if (wish === 'r') for await (const _ of socket.readable);
  else await writer.close()
  await socket.closed
}
