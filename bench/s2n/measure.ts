import type { CryptoProvider } from '../../src/index.js'
import type { Command, HandshakeFigures, Pems, ThroughputFigures } from './cases.js'
import { close, type Pair, roundTrips, WebtlsStack } from './webtls-stack.js'

type Of<Kind> = Extract<Command, { kind: Kind }>

/** Handshakes one after another; or so many at once, which tells what a server's process can do. */
export async function measureHandshakes(
  command: Of<'handshake'>,
  pems: Pems,
  provider?: CryptoProvider,
): Promise<HandshakeFigures> {
  const stack = await WebtlsStack.create(command, pems, provider)
  const { atOnce = 1, milliseconds } = command
  const times: number[] = []
  const one = async () => {
    const start = performance.now()
    const pair = stack.connect()
    await stack.opened(pair)
    times.push(performance.now() - start)
    return pair
  }
  for (let warmUp = 0; warmUp < 10; warmUp++) {
    await stack.prepare(1)
    await close(await one())
  }
  times.length = 0
  let total = 0
  while (total < milliseconds) {
    await stack.prepare(atOnce)
    const start = performance.now()
    const pairs: Pair[] = await Promise.all(Array.from({ length: atOnce }, one))
    total += performance.now() - start
    await Promise.all(pairs.map(close))
  }
  return {
    count: times.length,
    microseconds: 1000 * median(times),
    perSecond: (times.length * 1000) / total,
  }
}

/** A buffer there and back again, over one connection. */
export async function measureThroughput(
  command: Of<'throughput'>,
  pems: Pems,
  provider?: CryptoProvider,
): Promise<ThroughputFigures> {
  const stack = await WebtlsStack.create(command, pems, provider)
  const pair = stack.connect()
  await stack.opened(pair)
  const roundTrip = roundTrips(pair)
  const data = new Uint8Array(command.bytes).fill(0x77)
  for (let warmUp = 0; warmUp < 3; warmUp++) await roundTrip(data)
  const begin = performance.now()
  const times: number[] = []
  while (performance.now() - begin < command.milliseconds) {
    const start = performance.now()
    await roundTrip(data)
    times.push(performance.now() - start)
  }
  await close(pair)
  const microseconds = 1000 * median(times)
  return { count: times.length, microseconds, megabytesPerSecond: (2 * data.length) / microseconds }
}

const median = (times: readonly number[]): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN
