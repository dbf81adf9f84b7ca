import { Counter, Gauge, type Registry } from 'prom-client'

export interface ReverseMetrics {
  opened(): void
  ended(outcome: string): void
  refused(reason: string): void
  passed(direction: 'to-target' | 'to-client', bytes: number): void
}

export interface ReverseStatus {
  /** That serve a name now. */
  readonly pages: number
  /** Of clients to pages. */
  readonly connections: number
  /** Of clients whose ClientHello is awaited. */
  readonly pendingHellos: number
  readonly buffered: { readonly toClient: number; readonly toTarget: number }
}

export function reverseMetrics(registry: Registry, status: () => ReverseStatus): ReverseMetrics {
  const registers = [registry]
  const gauge = (name: string, help: string, value: (status: ReverseStatus) => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value(status()))
      },
    })
  gauge('webtls_relay_reverse_pages', 'Pages that serve a name now', ({ pages }) => pages)
  gauge('webtls_relay_reverse_connections', 'Connections of clients to pages now', ({ connections }) => connections)
  gauge(
    'webtls_relay_reverse_pending_hellos',
    'Clients whose ClientHello is awaited now',
    ({ pendingHellos }) => pendingHellos,
  )
  gauge(
    'webtls_relay_reverse_buffered_bytes',
    'Payload bytes that wait in the relay now, both directions',
    ({ buffered }) => buffered.toClient + buffered.toTarget,
  )
  const opened = new Counter({
    name: 'webtls_relay_reverse_connections_opened_total',
    help: 'Connections of clients handed to a page',
    registers,
  })
  const ended = new Counter({
    name: 'webtls_relay_reverse_connections_ended_total',
    help: 'Connections of clients to pages that ended, by outcome: ok or a reason',
    labelNames: ['outcome'],
    registers,
  })
  const refused = new Counter({
    name: 'webtls_relay_reverse_refused_total',
    help: 'Clients and registrations refused, by reason',
    labelNames: ['reason'],
    registers,
  })
  const passed = new Counter({
    name: 'webtls_relay_reverse_bytes_total',
    help: 'Payload bytes relayed between clients and pages',
    labelNames: ['direction'],
    registers,
  })
  return {
    opened: () => opened.inc(),
    ended: (outcome) => ended.inc({ outcome }),
    refused: (reason) => refused.inc({ reason }),
    passed: (direction, bytes) => passed.inc({ direction: direction === 'to-target' ? 'to-page' : 'to-client' }, bytes),
  }
}
