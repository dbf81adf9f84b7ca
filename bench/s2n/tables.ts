import { base, type ConnectionCase, suites, throughputBytes } from './cases.js'
import { find, type Report, type Spread, spread } from './results.js'

/** All tables of a run: as text for a screen, or as Markdown. */
export function tables(report: Report, format: 'text' | 'markdown'): string {
  const write = format === 'text' ? textTable : markdownTable
  return [
    heading(report),
    write(latencyTable(report)),
    write(rateTable(report)),
    write(throughputTable(report)),
    write(memoryTable(report)),
  ].join('\n\n')
}

export function heading({ date, node, chromium, cpu, cpus, load, versions, rounds, milliseconds }: Report): string {
  const [before, after] = load.map((each) => each.toFixed(1))
  return [
    `${date.slice(0, 10)}, Node ${node.slice(1)}, ${chromium ? `Chromium ${chromium}, ` : ''}s2n-tls ${versions['s2n-tls']} and rustls ${versions.rustls} with AWS-LC `,
    `(aws-lc-sys ${versions['aws-lc-sys']}), ${cpus} cores of ${cpu}, load ${before} before and ${after} after; `,
    `medians of ${rounds} rounds of ${milliseconds} ms in turns (least to most).`,
  ].join('')
}

type Table = readonly (readonly string[])[]

/** One row for each kind of connection: the latency of one handshake at a time. */
function latencyTable(report: Report): Table {
  return handshakeTable(report, 'a handshake, ms', (participant, wanted) => {
    const found = find(report, participant, { ...wanted, atOnce: 1 })
    return found && show(spread(found.map(({ microseconds }) => microseconds / 1000)), 2)
  })
}

/** How many there are in a second, several at once where that can be. */
function rateTable(report: Report): Table {
  const manyOf = `handshakes per second, ${manyAtOnce} at once`
  return handshakeTable(report, manyOf, (participant, wanted) => {
    const many = find(report, participant, { ...wanted, atOnce: manyAtOnce })
    const found = many ?? find(report, participant, { ...wanted, atOnce: 1 })
    return found && spread(found.map(({ perSecond }) => perSecond)).median.toFixed(0) + (many ? '' : ' (one)')
  })
}

function handshakeTable(
  report: Report,
  title: string,
  cell: (participant: string, wanted: ConnectionCase & { readonly kind: 'handshake' }) => string | undefined,
): Table {
  return [
    [title, ...report.participants],
    ...handshakeCasesOf(report).map((each) => [
      describeCase(each),
      ...report.participants.map((participant) => cell(participant, { kind: 'handshake', ...each }) ?? '–'),
    ]),
  ]
}

/** Those that were measured. */
export function handshakeCasesOf({ results }: Report): readonly ConnectionCase[] {
  const cases = new Map<string, ConnectionCase>()
  for (const { command } of results) {
    if (command.kind !== 'handshake') continue
    const { suite, group, certificate, authentication } = command
    cases.set(describeCase(command), { suite, group, certificate, authentication })
  }
  return [...cases.values()]
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
  const shown = certificate.replace('rsa', 'RSA ').replace('ecdsa-p', 'ECDSA P-')
  const certificateShown = authentication === 'resumption' && certificate === base.certificate ? '' : shown
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
