import { setImmediate as turn } from 'node:timers/promises'
import type { CryptoProvider } from '../../src/index.js'
import type { Command, MemoryFigures, Pems } from './cases.js'
import { cuttablePair } from './cuttable-pair.js'
import { type Pair, roundTrips, WebtlsStack } from './webtls-stack.js'

/**
 * Bytes that an open connection holds at each end, on the heap and beside it in buffers: so many pairs that have
 * spoken, and then the clients alone. What the streams of the transport hold is not counted.
 */
export async function measureMemory(
  command: Extract<Command, { kind: 'memory' }>,
  pems: Pems,
  provider?: CryptoProvider,
): Promise<MemoryFigures> {
  const stack = await WebtlsStack.create(command, pems, provider)
  const open = async () => {
    const { ends, cut } = cuttablePair()
    const pair = stack.connect(ends)
    await stack.opened(pair)
    await roundTrips(pair)(Uint8Array.of(0))
    return { pair, cut }
  }
  const transport = await measureTransport(command.connections)
  // what is only made once
  for (let warmUp = 0; warmUp < 50; warmUp++) await open()
  const cuts: (() => void)[] = []
  const clients: Pair['client'][] = []
  const servers: Pair['server'][] = []
  const before = await allocated()
  for (let index = 0; index < command.connections; index++) {
    const { pair, cut } = await open()
    clients.push(pair.client)
    servers.push(pair.server)
    cuts.push(cut)
  }
  const both = await allocated()
  for (const cut of cuts.splice(0)) cut()
  servers.length = 0
  const client = (await allocated()).heap - before.heap
  if (clients.length !== command.connections) throw new Error('the clients are to live until here')
  const each = (bytes: number) => Math.round(bytes / command.connections)
  const pair = both.heap - before.heap
  return {
    client: each(client) - transport,
    server: each(pair - client) - transport,
    pair: each(pair) - 2 * transport,
    residentPair: each(both.resident - before.resident),
  }
}

/** Bytes of an end's two streams, in use. */
async function measureTransport(count: number): Promise<number> {
  const before = await allocated()
  const held = Array.from({ length: count }, () =>
    cuttablePair().ends.map(({ readable, writable }) => {
      const reader = readable.getReader()
      return { reader, read: reader.read(), writer: writable.getWriter() }
    }),
  )
  const after = await allocated()
  return Math.round((after.heap - before.heap) / (2 * held.length))
}

async function allocated(): Promise<{ heap: number; resident: number }> {
  if (!globalThis.gc) throw new Error('node needs --expose-gc')
  for (let round = 0; round < 4; round++) {
    await turn()
    globalThis.gc()
  }
  // `external` includes the buffers
  const { heapUsed, external, rss } = process.memoryUsage()
  return { heap: heapUsed + external, resident: rss }
}
