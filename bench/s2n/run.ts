/**
 * webtls beside s2n-tls C and rustls, by the method of s2n-tls's own benchmarks: both ends of each connection in one
 * process over memory; handshakes, throughput, memory. docs/benchmarks.md says how. `npm run bench:s2n`, with
 * --rounds N --milliseconds N --connections N --whole --json FILE --from FILE --plot FILE
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { base, type Command, handshakeCases, suites, throughputBytes } from './cases.js'
import { writeCertificates } from './certificates.js'
import { type Participant, type ParticipantKind, participantKinds } from './participants.js'
import { describeMachine, type Figures, loadNow, type Report, type Result, Results } from './results.js'
import { manyAtOnce, tables } from './tables.js'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    /** How long each figure is measured in each round. */
    milliseconds: { type: 'string', default: '300' },
    connections: { type: 'string', default: '500' },
    /** Each group with each certificate with each way of authentication, not one thing at a time. */
    whole: { type: 'boolean', default: false },
    json: { type: 'string' },
    /** Shows the figures of a file that `--json` wrote, and measures nothing. */
    from: { type: 'string' },
    markdown: { type: 'boolean', default: false },
  },
})
const milliseconds = Number(values.milliseconds)
const rounds = Number(values.rounds)

const report = values.from === undefined ? await measure() : (JSON.parse(readFileSync(values.from, 'utf8')) as Report)
console.log(tables(report, values.markdown ? 'markdown' : 'text'))
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, undefined, 1)}\n`)

async function measure(): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'webtls-bench-'))
  try {
    await writeCertificates(folder)
    const kinds = participantKinds()
    const before = loadNow()
    const results = [...(await measureSpeed(kinds, folder)), ...(await measureMemory(kinds, folder))]
    const participants = kinds.map(({ name }) => name)
    return { ...describeMachine(), load: [before, loadNow()], rounds, milliseconds, participants, results }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** All live through the whole run, and are asked in turns, so that what else the machine does falls on all. */
async function measureSpeed(kinds: readonly ParticipantKind[], folder: string): Promise<readonly Result[]> {
  const participants = kinds.map((kind) => kind.start(folder))
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
  return results.all
}

/** Each figure in a process of its own, whose heap has had nothing else. */
async function measureMemory(kinds: readonly ParticipantKind[], folder: string): Promise<readonly Result[]> {
  const command: Command = { kind: 'memory', ...base, connections: Number(values.connections) }
  const results = new Results()
  for (let round = 0; round < rounds; round++) {
    for (const kind of kinds) {
      const participant = kind.start(folder)
      const figures = await ask(participant, command)
      if (figures) results.add(participant.name, command, figures)
      await participant.stop()
    }
  }
  return results.all
}

async function ask(participant: Participant, command: Command): Promise<Figures | undefined> {
  const isTooMuch = command.kind === 'handshake' && (command.atOnce ?? 1) > 1 && !participant.hasManyAtOnce
  return isTooMuch ? undefined : ((await participant.ask(command)) as Figures | undefined)
}
