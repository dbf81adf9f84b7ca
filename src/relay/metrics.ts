import { Counter, Gauge, Histogram, Registry } from 'prom-client'

export interface RelayMetrics {
  readonly registry: Registry
  opened(seconds: number): void
  ended(outcome: string): void
  refused(reason: string): void
  passed(direction: 'to-target' | 'to-client', bytes: number): void
}

/** The relay's own registry: what else a program measures is its own affair. */
export function relayMetrics(
  active: () => number,
  buffered: () => { toClient: number; toTarget: number },
): RelayMetrics {
  const registry = new Registry()
  const registers = [registry]
  const dials = new Histogram({
    name: 'webtls_relay_connect_seconds',
    help: 'Time to resolve and reach a target',
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers,
  })
  const ended = new Counter({
    name: 'webtls_relay_connections_ended_total',
    help: 'Connections that ended, by outcome: ok or a reason',
    labelNames: ['outcome'],
    registers,
  })
  const refused = new Counter({
    name: 'webtls_relay_refused_total',
    help: 'Requests refused before a connection was tried, by reason',
    labelNames: ['reason'],
    registers,
  })
  const passed = new Counter({
    name: 'webtls_relay_bytes_total',
    help: 'Payload bytes relayed',
    labelNames: ['direction'],
    registers,
  })
  new Gauge({
    name: 'webtls_relay_connections',
    help: 'Connections now',
    registers,
    collect() {
      this.set(active())
    },
  })
  new Gauge({
    name: 'webtls_relay_buffered_bytes',
    help: 'Payload bytes that wait in the relay now',
    labelNames: ['direction'],
    registers,
    collect() {
      const { toClient, toTarget } = buffered()
      this.set({ direction: 'to-client' }, toClient)
      this.set({ direction: 'to-target' }, toTarget)
    },
  })
  return {
    registry,
    opened: (seconds) => dials.observe(seconds),
    ended: (outcome) => ended.inc({ outcome }),
    refused: (reason) => refused.inc({ reason }),
    passed: (direction, bytes) => passed.inc({ direction }, bytes),
  }
}
