import type { TlsSocketInfo } from '../../src/index.js'
import { h } from '../page/dom.js'
import { formatMessageName, formatMilliseconds } from '../page/format.js'
import type { Recorder } from '../wire/recorder.js'
import { ItemNames } from './items.js'

type Lane = 'sent' | 'crypto' | 'received'

/** A message or the end, which has a moment, or a step of cryptography, which has a length. */
export interface OverviewMark {
  readonly lane: Lane
  readonly name: string
  /** Of the item that it stands for; none for cryptography. */
  readonly item: string | undefined
  /** Milliseconds since the first. */
  readonly start: number
  readonly end: number
}

/** The handshake's messages and steps, by when they began. What follows the handshake has no place on its scale. */
export function overviewMarks({ records, cryptoSteps }: Pick<Recorder, 'records' | 'cryptoSteps'>): OverviewMark[] {
  const names = new ItemNames()
  const messages = records.flatMap((record) =>
    names
      .itemsOf(record)
      .filter(({ message }) => message && message.epoch !== 'application')
      .map(({ id, direction, message }) => ({
        lane: direction,
        name: formatMessageName(message?.name ?? ''),
        item: id,
        start: message?.time ?? 0,
        end: message?.time ?? 0,
      })),
  )
  const last = messages.at(-1)?.start ?? Number.POSITIVE_INFINITY
  const steps = cryptoSteps
    .filter(({ start }) => start <= last)
    .map(({ name, start, end }) => ({ lane: 'crypto' as const, name, item: undefined, start, end }))
  const marks = [...messages, ...steps].sort((a, b) => a.start - b.start || a.end - b.end)
  const origin = marks[0]?.start ?? 0
  return marks.map((mark) => ({ ...mark, start: mark.start - origin, end: mark.end - origin }))
}

/** The handshake to scale: three lanes over one axis of time, and where the time went in all. */
export function overviewView(
  recorder: Recorder,
  info: TlsSocketInfo | undefined,
  choose: (item: string) => void,
): HTMLElement {
  const marks = overviewMarks(recorder)
  const span = Math.max(...marks.map(({ end }) => end), 0.001)
  return h(
    'div',
    { class: 'overview', 'data-testid': 'timeline' },
    info && phases(info),
    h(
      'div',
      { class: 'lanes' },
      ...(['sent', 'crypto', 'received'] as const).map((lane) => laneView(lane, marks, span, choose)),
    ),
    scale(span),
  )
}

function laneView(
  lane: Lane,
  marks: readonly OverviewMark[],
  span: number,
  choose: (item: string) => void,
): HTMLElement {
  const track = h('div', { class: 'track' })
  let depth = 0
  let last = Number.NEGATIVE_INFINITY
  for (const mark of marks) {
    if (mark.lane !== lane) continue
    const left = (mark.start / span) * 100
    const isStep = lane === 'crypto'
    // marks of one moment stand as stairs: each can be seen and reached
    depth = left - last < crowded ? (depth + 1) % (isStep ? 4 : 6) : 0
    last = left
    track.append(markView(mark, left, ((mark.end - mark.start) / span) * 100, depth, choose))
  }
  return h('div', { class: 'lane', 'data-lane': lane }, h('span', { class: 'lane-name' }, laneNames[lane]), track)
}

function markView(
  mark: OverviewMark,
  left: number,
  width: number,
  depth: number,
  choose: (item: string) => void,
): HTMLElement {
  const { item } = mark
  const when = item === undefined ? formatMilliseconds(mark.end - mark.start) : `at ${formatMilliseconds(mark.start)}`
  const label = `${mark.name}, ${when}`
  const element =
    item === undefined
      ? h('span', { class: 'mark', title: label })
      : h('button', { class: 'mark', type: 'button', title: label }, h('span', { class: 'visually-hidden' }, label))
  if (item !== undefined) element.addEventListener('click', () => choose(item))
  // by CSSOM, which a strict style-src allows, unlike a style attribute
  element.style.left = `${left}%`
  if (item === undefined) element.style.width = `${width}%`
  element.style.setProperty('--depth', String(depth))
  return element
}

function scale(span: number): HTMLElement {
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => h('span', {}, part === 0 ? '0' : formatMilliseconds(part * span)))
  return h('div', { class: 'timeline-scale', 'aria-hidden': 'true' }, ...ticks)
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

const laneNames = { sent: 'sent', received: 'received', crypto: 'work' } as const
/** Per cent of the scale that a mark takes. */
const crowded = 1.6
