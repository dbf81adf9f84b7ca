import { suites, throughputBytes } from './cases.js'
import { find, type Report, type Spread, spread } from './results.js'
import { logScale, type Scale, svg, type Text } from './svg.js'
import { describeCase, handshakeCasesOf } from './tables.js'

/** A picture of a run, an SVG that needs nothing else: a dot for each figure, on scales where a step is a factor. */
export function plot(report: Report): string {
  const handshakes = handshakeRows(report)
  const throughput = throughputRows(report)
  const rowsTop = 128
  const below = rowsTop + handshakes.length * rowHeight + 108
  const height = below + throughput.length * rowHeight + 92
  const half = (width - 3 * margin) / 2
  return svg(`${heading}: handshakes per second, throughput and memory`, width, height, [
    head(report),
    legend(report),
    dotPanel(
      { x: margin, y: rowsTop, width: width - 2 * margin, labels: 246 },
      {
        title: `Handshakes per second: s2n-tls makes ${factorRange(handshakes, report)} as many`,
        unit: 'both ends in one process, one handshake at a time, by the median',
        rows: handshakes,
      },
      report,
    ),
    dotPanel(
      { x: margin, y: below, width: half + 60, labels: 160 },
      {
        title: `Throughput: s2n-tls moves ${factorRange(throughput, report)} as much`,
        unit: 'MB/s there and back, by the median',
        rows: throughput,
      },
      report,
    ),
    memoryPanel({ x: 2 * margin + half + 60, y: below, width: half - 60 }, report),
  ])
}

interface Row {
  readonly label: string
  readonly figures: ReadonlyMap<string, Spread>
}

interface Area {
  readonly x: number
  readonly y: number
  readonly width: number
}

function handshakeRows(report: Report): readonly Row[] {
  return handshakeCasesOf(report).map((each) => ({
    label: describeCase(each),
    figures: figuresOf(report, (participant) =>
      find(report, participant, { kind: 'handshake', ...each, atOnce: 1 })?.map(
        ({ microseconds }) => 1e6 / microseconds,
      ),
    ),
  }))
}

function throughputRows(report: Report): readonly Row[] {
  return throughputBytes.flatMap((bytes) =>
    suites.map((suite) => ({
      label: `${suiteNames[suite]}, ${bytes < 1e6 ? '100 KB' : '1 MB'}`,
      figures: figuresOf(report, (participant) =>
        find(report, participant, { kind: 'throughput', suite, bytes })?.map((figures) => figures.megabytesPerSecond),
      ),
    })),
  )
}

function figuresOf(report: Report, numbers: (participant: string) => readonly number[] | undefined) {
  return new Map(
    report.participants.flatMap((participant) => {
      const found = numbers(participant)
      return found ? [[participant, spread(found)] as const] : []
    }),
  )
}

/** How many times the figure of s2n-tls is that of the best of webtls: from the row where it is least to the other end. */
function factorRange(rows: readonly Row[], { participants }: Report): string {
  const factors = rows.flatMap(({ figures }) => {
    const theirs = figures.get(rival)?.median
    const ours = participants.filter(isOurs).map((participant) => figures.get(participant)?.median ?? 0)
    return theirs ? [theirs / Math.max(...ours)] : []
  })
  const [least, most] = [Math.min(...factors), Math.max(...factors)].map((each) => Math.round(each))
  if (factors.length === 0) return 'not measured times'
  return least === most ? `${least} times` : `${least} to ${most} times`
}

function head({ date, node, chromium, cpu, cpus, versions, rounds }: Report): readonly string[] {
  const machine = `Node ${node.slice(1)}, ${chromium ? `Chromium ${chromium}, ` : ''}s2n-tls ${versions['s2n-tls']}, rustls ${versions.rustls}, AWS-LC; ${cpus} cores of ${cpu}`
  return [
    text(margin, 42, heading, { size: 24, weight: 650, fill: ink }),
    text(margin, 66, `${machine}; medians of ${rounds} rounds, ${date.slice(0, 10)}`, { size: 13, fill: soft }),
  ]
}

function legend({ participants }: Report): readonly string[] {
  let x = margin + 6
  return participants.flatMap((participant) => {
    const parts = [mark(participant, x, 90), text(x + 12, 94.5, participant, { size: 13, fill: ink })]
    x += 40 + participant.length * 7.2
    return parts
  })
}

interface DotPanel {
  readonly title: string
  readonly unit: string
  readonly rows: readonly Row[]
}

function dotPanel(area: Area & { readonly labels: number }, panel: DotPanel, { participants }: Report) {
  const left = area.x + area.labels
  // at the right stands how far apart they are
  const right = area.x + area.width - 46
  const spreads = panel.rows.flatMap(({ figures }) => [...figures.values()])
  const range = [Math.min(...spreads.map(({ least }) => least)), Math.max(...spreads.map(({ most }) => most))] as const
  const scale = logScale(range, [left, right], right - left > 500 ? [1, 2, 5] : [1])
  const bottom = area.y + 34 + panel.rows.length * rowHeight
  return [
    text(area.x, area.y, panel.title, { size: 16, weight: 650, fill: ink }),
    text(area.x, area.y + 19, panel.unit, { size: 12, fill: soft }),
    text(right + 46, area.y + 19, 's2n-tls / best of ours', { size: 12, fill: soft, anchor: 'end' }),
    ...axis(scale, area.y + 30, bottom),
    ...panel.rows.flatMap((row, index) =>
      dotRow(row, participants, scale, area.x, right, area.y + 34 + (index + 0.5) * rowHeight),
    ),
  ]
}

function dotRow(
  { label, figures }: Row,
  participants: readonly string[],
  scale: Scale,
  x: number,
  right: number,
  y: number,
) {
  const medians = [...figures.values()].map(({ median }) => scale.at(median))
  const theirs = figures.get(rival)?.median
  const ours = Math.max(...participants.filter(isOurs).map((participant) => figures.get(participant)?.median ?? 0))
  return [
    text(x, y + 4.5, label, { size: 13, fill: ink }),
    line(Math.min(...medians), y, Math.max(...medians), y, '#d5dae3', 2),
    ...[...figures].map(([participant, { least, most }]) =>
      line(scale.at(least), y, scale.at(most), y, colourOf(participant), 4, 0.35),
    ),
    // ours on top
    ...[...figures.keys()]
      .toReversed()
      .map((participant) => mark(participant, scale.at(figures.get(participant)?.median ?? 1), y)),
    theirs === undefined
      ? ''
      : text(right + 46, y + 4.5, `×${factor(theirs / ours)}`, { size: 13, weight: 650, fill: soft, anchor: 'end' }),
  ]
}

const suiteNames = {
  TLS_AES_128_GCM_SHA256: 'AES-128-GCM',
  TLS_AES_256_GCM_SHA384: 'AES-256-GCM',
  TLS_CHACHA20_POLY1305_SHA256: 'ChaCha20',
} as const

const factor = (value: number): string => (value < 9.95 ? value.toFixed(1) : value.toFixed(0))

function axis(scale: Scale, top: number, bottom: number): readonly string[] {
  return scale.ticks.flatMap((value) => [
    line(scale.at(value), top, scale.at(value), bottom, '#e9edf3', 1),
    text(scale.at(value), bottom + 16, value.toLocaleString('en'), { size: 11, fill: soft, anchor: 'middle' }),
  ])
}

/** Bars from nought: the client's part, and the server's beside it. */
function memoryPanel(area: Area, report: Report): readonly string[] {
  const rows = report.participants.flatMap((participant) => {
    const found = find(report, participant, { kind: 'memory' })
    if (!found) return []
    const of = (end: 'client' | 'server') => spread(found.map((figures) => figures[end] / 1000)).median
    return [{ participant, client: of('client'), server: of('server') }]
  })
  const most = Math.max(...rows.map(({ client, server }) => client + server))
  const perKb = (area.width - 58) / most
  return [
    text(area.x, area.y, 'Memory of an open connection', { size: 16, weight: 650, fill: ink }),
    text(area.x, area.y + 19, 'KB: client (full colour) and server (lighter)', { size: 12, fill: soft }),
    ...rows.flatMap(({ participant, client, server }, index) => {
      const y = area.y + 36 + index * 46
      const total = (client + server) * perKb
      return [
        text(area.x, y + 11, participant, { size: 13, fill: ink }),
        bar(area.x, y + 18, client * perKb, 16, colourOf(participant), 1),
        bar(area.x + client * perKb + 1.5, y + 18, server * perKb, 16, colourOf(participant), 0.45),
        text(area.x + total + 9, y + 31, (client + server).toFixed(0), { size: 13, weight: 650, fill: soft }),
      ]
    }),
  ]
}

/** A circle is ours, a diamond another's. */
function mark(participant: string, x: number, y: number): string {
  const colour = colourOf(participant)
  const [px, py] = [x.toFixed(1), y.toFixed(1)]
  return isOurs(participant)
    ? `<circle cx="${px}" cy="${py}" r="6" fill="${colour}" stroke="#fff" stroke-width="1.5"/>`
    : `<rect x="-5" y="-5" width="10" height="10" fill="${colour}" stroke="#fff" stroke-width="1.5" transform="translate(${px} ${py}) rotate(45)"/>`
}

const isOurs = (participant: string): boolean => participant.startsWith('webtls')
const rival = 's2n-tls C'

/** Of Okabe and Ito's, which most people can tell apart: cold ones for ours, warm ones for the others. */
const colours: Readonly<Record<string, string>> = {
  webtls: '#56b4e9',
  'webtls, nodeProvider': '#0072b2',
  'webtls in Chromium': '#009e73',
  's2n-tls C': '#e69f00',
  rustls: '#d55e00',
}
const colourOf = (participant: string): string => colours[participant] ?? '#777'

const text = (x: number, y: number, content: string, style: Omit<Text, 'x' | 'y' | 'content'>): string =>
  svg.text({ x, y, content, ...style })
const { line, bar } = svg

const heading = "webtls beside s2n-tls, by s2n-tls's own benchmarks"
const width = 980
const margin = 36
const rowHeight = 27
const ink = '#1d2433'
const soft = '#5d6678'
