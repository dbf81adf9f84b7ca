import { formatBytes, formatMessageName } from '../page/format.js'
import type { Recorder } from '../wire/recorder.js'

export type Lane = 'sent' | 'received' | 'crypto'

/** A message, which has a moment, or a step of cryptography, which has a length. */
export interface TimelineRow {
  readonly lane: Lane
  readonly name: string
  readonly detail: string
  /** Milliseconds since the first. */
  readonly start: number
  readonly end: number
}

/** The handshake's messages and steps, by when they began. What follows the handshake has no place on its scale. */
export function timelineRows(recorder: Pick<Recorder, 'messages' | 'cryptoSteps'>): TimelineRow[] {
  const handshake = recorder.messages.filter(({ epoch }) => epoch !== 'application')
  const messages = handshake.map(({ direction, name, epoch, bytes, time }) => ({
    lane: direction,
    name: formatMessageName(name),
    detail: `${formatBytes(bytes.length)}, ${epoch === 'plaintext' ? 'in the clear' : 'encrypted'}`,
    start: time,
    end: time,
  }))
  const steps = recorder.cryptoSteps.map(({ name, start, end }) => ({
    lane: 'crypto' as const,
    name,
    detail: '',
    start,
    end,
  }))
  const rows = [...messages, ...steps].sort((a, b) => a.start - b.start || a.end - b.end)
  const origin = rows[0]?.start ?? 0
  return rows.map((row) => ({ ...row, start: row.start - origin, end: row.end - origin }))
}
