import { base, type ConnectionCase, suites, throughputBytes } from './cases.js'
import { find, type Report, type Spread, spread } from './results.js'

/** All tables of a run: as text for a screen, or as Markdown. */
export function tables(report: Report, format: 'text' | 'markdown'): string {
  const write = format === 'text' ? textTable : markdownTable
  return [
    heading(report),
    write(handshakeTable(report)),
    write(throughputTable(report)),
    write(memoryTable(report)),
  ].join('\n\n')
}

export function heading({ date, node, cpu, cpus, load, versions, rounds, milliseconds }: Report): string {
  const [before, after] = load.map((each) => each.toFixed(1))
  return [
    `${date.slice(0, 10)}, Node ${node.slice(1)}, s2n-tls ${versions['s2n-tls']} and rustls ${versions.rustls} with AWS-LC `,
    `(aws-lc-sys ${versions['aws-lc-sys']}), ${cpus} cores of ${cpu}, load ${before} before and ${after} after; `,
    `medians of ${rounds} rounds of ${milliseconds} ms in turns (least to most).`,
  ].join('')
}

type Table = readonly (readonly string[])[]

/** One row for each kind of connection: the latency of one at a time. */
function handshakeTable(report: Report): Table {
  const cases = new Map<string, ConnectionCase>()
  for (const { command } of report.results) if (command.kind === 'handshake') cases.set(describeCase(command), command)
  const rows = [...cases].map(([name, { suite, group, certificate, authentication }]) => [
    name,
    ...report.participants.map((participant) => {
      const wanted = { kind: 'handshake', suite, group, certificate, authentication } as const
      const alone = find(report, participant, { ...wanted, atOnce: 1 })
      const many = find(report, participant, { ...wanted, atOnce: manyAtOnce })
      if (!alone) return '–'
      const rate = spread((many ?? alone).map(({ perSecond }) => perSecond))
      return `${show(spread(alone.map(({ microseconds }) => microseconds / 1000)), 2)}, ${rate.median.toFixed(0)}/s`
    }),
  ])
  return [[`handshake, ms; per second`, ...report.participants], ...rows]
}

function throughputTable(report: Report): Table {
  const rows = throughputBytes.flatMap((bytes) =>
    suites.map((suite) => [
      `${suite.slice('TLS_'.length)}, ${bytes / 1000} KB`,
      ...report.participants.map((participant) => {
        const found = find(report, participant, { kind: 'throughput', suite, bytes })
        return found ? show(spread(found.map(({ megabytesPerSecond }) => megabytesPerSecond)), 0) : '–'
      }),
    ]),
  )
  return [['there and back, MB/s', ...report.participants], ...rows]
}

function memoryTable(report: Report): Table {
  const rows = (['client', 'server', 'pair'] as const).map((end) => [
    end,
    ...report.participants.map((participant) => {
      const found = find(report, participant, { kind: 'memory' })
      return found ? show(spread(found.map((figures) => figures[end] / 1000)), 1) : '–'
    }),
  ])
  return [['memory of an open connection, KB', ...report.participants], ...rows]
}

export function describeCase({ group, certificate, authentication }: ConnectionCase): string {
  const kind = { server: '', mutual: 'client certificate', resumption: 'resumed' }[authentication]
  const certificateShown = authentication === 'resumption' && certificate === base.certificate ? '' : certificate
  return [group, certificateShown, kind].filter(Boolean).join(', ')
}

/** So many handshakes are under way for the rate of one that can have several. */
export const manyAtOnce = 8

const show = ({ median, least, most }: Spread, digits: number): string =>
  `${median.toFixed(digits)} (${least.toFixed(digits)} to ${most.toFixed(digits)})`

function textTable(table: Table): string {
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length)))
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function markdownTable([head = [], ...rows]: Table): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}
