/**
 * webtls beside s2n-tls C and rustls, by the method of s2n-tls's own benchmarks: both ends of each connection in one
 * process over memory; handshakes, throughput, memory. docs/benchmarks.md says how. `npm run bench:s2n`, with
 *
 * --rounds N        5 unless said, and one to warm up
 * --milliseconds N  how long each figure is measured in each round; 300 unless said
 * --connections N   of which the memory is measured; 500 unless said
 * --whole           each group with each certificate with each way of authentication, not one thing at a time
 * --json FILE       where the figures go
 * --from FILE       shows the figures of a file that --json wrote, and measures nothing
 * --plot FILE       where the picture goes, an SVG
 * --document        puts tables and picture into docs/benchmarks.md
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withTable } from '../../scripts/docs/generated-documents.js'
import { readOptions } from '../../scripts/read-options.js'
import { base, type Command, handshakeCases, suites, throughputBytes } from './cases.js'
import { writeCertificates } from './certificates.js'
import { type Participant, type ParticipantKind, participantKinds } from './participants.js'
import { plot } from './plot.js'
import { describeMachine, type Figures, loadNow, type Report, type Result, Results } from './results.js'
import { manyAtOnce, tables } from './tables.js'

const values = readOptions(import.meta.url, {
  rounds: { type: 'string', default: '5' },
  milliseconds: { type: 'string', default: '300' },
  connections: { type: 'string', default: '500' },
  whole: { type: 'boolean', default: false },
  json: { type: 'string' },
  from: { type: 'string' },
  plot: { type: 'string' },
  document: { type: 'boolean', default: false },
})
const milliseconds = Number(values.milliseconds)
const rounds = Number(values.rounds)

const report = values.from === undefined ? await measure() : (JSON.parse(readFileSync(values.from, 'utf8')) as Report)
console.log(tables(report, 'text'))
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, undefined, 1)}\n`)
if (values.plot !== undefined) writeFileSync(values.plot, plot(report))
if (values.document) {
  const document = new URL('../../docs/benchmarks.md', import.meta.url)
  const text = readFileSync(document, 'utf8')
  writeFileSync(document, withTable(text, tables(report, 'markdown'), 'npm run bench:s2n -- --document'))
  writeFileSync(new URL('../../docs/images/benchmarks.svg', import.meta.url), plot(report))
}

async function measure(): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'webtls-bench-'))
  try {
    await writeCertificates(folder)
    const kinds = participantKinds()
    const before = loadNow()
    const { chromium, results } = await measureSpeed(kinds, folder)
    const memory = await measureMemory(kinds, folder)
    return {
      ...describeMachine(),
      chromium,
      load: [before, loadNow()],
      rounds,
      milliseconds,
      participants: kinds.map(({ name }) => name),
      results: [...results, ...memory],
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** All live through the whole run, and are asked in turns, so that what else the machine does falls on all. */
async function measureSpeed(kinds: readonly ParticipantKind[], folder: string) {
  const participants = await Promise.all(kinds.map((kind) => kind.start(folder)))
  const commands: readonly Command[] = [
    ...handshakeCases(values.whole).flatMap((each) =>
      [1, manyAtOnce].map((atOnce) => ({ kind: 'handshake' as const, ...each, atOnce, milliseconds })),
    ),
    ...throughputBytes.flatMap((bytes) =>
      suites.map((suite) => ({ kind: 'throughput' as const, ...base, suite, bytes, milliseconds })),
    ),
  ]
  const results = new Results()
  // the first round is to warm up
  for (let round = 0; round <= rounds; round++) {
    for (const command of commands) {
      for (const participant of participants) {
        const figures = await ask(participant, command)
        if (figures && round > 0) results.add(participant.name, command, figures)
      }
    }
    console.error(round === 0 ? 'warm' : `round ${round} of ${rounds}`)
  }
  for (const participant of participants) await participant.stop()
  return { results: results.all, chromium: participants.find(({ version }) => version)?.version }
}

/** Each figure in a process of its own, whose heap has had nothing else. */
async function measureMemory(kinds: readonly ParticipantKind[], folder: string): Promise<readonly Result[]> {
  const command: Command = { kind: 'memory', ...base, connections: Number(values.connections) }
  const results = new Results()
  for (let round = 0; round < rounds; round++) {
    for (const kind of kinds) {
      const participant = await kind.start(folder)
      const figures = await ask(participant, command)
      if (figures) results.add(participant.name, command, figures)
      await participant.stop()
    }
  }
  return results.all
}

async function ask(participant: Participant, command: Command): Promise<Figures | undefined> {
  const isTooMuch = command.kind === 'handshake' && (command.atOnce ?? 1) > 1 && !participant.hasManyAtOnce
  return isTooMuch || participant.lacks(command) ? undefined : ((await participant.ask(command)) as Figures)
}
