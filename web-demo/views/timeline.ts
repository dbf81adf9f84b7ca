import type { TlsSocketInfo } from '../../src/index.js'
import { h } from '../page/dom.js'
import { formatMilliseconds } from '../page/format.js'
import type { Recorder } from '../wire/recorder.js'
import { type TimelineRow, timelineRows } from './timeline-rows.js'

/** The handshake to scale: one row for each message and each step of cryptography, and where the time went in all. */
export function timelineView(recorder: Recorder, info: TlsSocketInfo | undefined): HTMLElement {
  const rows = timelineRows(recorder)
  const span = Math.max(...rows.map(({ end }) => end), 0.001)
  return h(
    'div',
    { class: 'timeline', 'data-testid': 'timeline' },
    info && phases(info),
    h('ol', { class: 'timeline-rows' }, ...rows.map((row) => timelineRow(row, span))),
    scale(span),
  )
}

function timelineRow(row: TimelineRow, span: number): HTMLElement {
  const mark = h('span', { class: 'mark' })
  // by CSSOM, which a strict style-src allows, unlike a style attribute
  mark.style.left = `${(row.start / span) * 100}%`
  if (row.lane === 'crypto') mark.style.width = `${((row.end - row.start) / span) * 100}%`
  const when = row.lane === 'crypto' ? formatMilliseconds(row.end - row.start) : `at ${formatMilliseconds(row.start)}`
  return h(
    'li',
    { 'data-lane': row.lane, title: row.detail || undefined },
    h('span', { class: 'lane-name' }, laneNames[row.lane]),
    h('span', { class: 'row-name' }, row.name),
    h('span', { class: 'track', 'aria-hidden': 'true' }, mark),
    h('span', { class: 'row-time' }, when),
  )
}

const laneNames = { sent: 'sent', received: 'received', crypto: 'crypto' } as const

function scale(span: number): HTMLElement {
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => h('span', {}, part === 0 ? '0' : formatMilliseconds(part * span)))
  return h('div', { class: 'timeline-scale', 'aria-hidden': 'true' }, h('div', {}, ...ticks))
}

function phases({ times }: TlsSocketInfo): HTMLElement {
  const parts: [string, string, number][] = [
    ['prepare', 'Make key shares', times.clientHello - times.started],
    ['wait', 'Wait for ServerHello', times.serverHello - times.clientHello],
    ['server', 'Server’s flight, judged', times.serverFinished - times.serverHello],
    ['finish', 'Finish', times.finished - times.serverFinished],
  ]
  const bar = h('div', { class: 'phase-bar', 'aria-hidden': 'true' })
  for (const [id, , length] of parts) {
    const segment = h('span', { 'data-phase': id })
    segment.style.flexGrow = String(Math.max(length, 0.01))
    bar.append(segment)
  }
  const legend = parts.map(([id, name, length]) =>
    h('li', { 'data-phase': id }, name, ' ', h('b', {}, formatMilliseconds(length))),
  )
  return h('div', { class: 'phases' }, bar, h('ul', {}, ...legend))
}
