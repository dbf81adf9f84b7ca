import { readFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import type { Command, HandshakeFigures, MemoryFigures, ThroughputFigures } from './cases.js'

export type Figures = HandshakeFigures | ThroughputFigures | MemoryFigures

/** What one participant said to one command, once in each round. */
export interface Result {
  readonly participant: string
  readonly command: Command
  readonly rounds: Figures[]
}

/** What `--json` writes and the plot is made of. */
export interface Report {
  readonly date: string
  readonly node: string
  /** Its version; `undefined` where there is none. */
  readonly chromium?: string | undefined
  readonly cpu: string
  readonly cpus: number
  /** The system's load average over a minute when the run began and when it ended. */
  readonly load: readonly [before: number, after: number]
  /** Of the crates. */
  readonly versions: Readonly<Record<string, string>>
  readonly rounds: number
  readonly milliseconds: number
  readonly participants: readonly string[]
  readonly results: readonly Result[]
}

/** Collects them. */
export class Results {
  readonly all: Result[] = []

  add(participant: string, command: Command, figures: Figures): void {
    const known = this.all.find((result) => result.participant === participant && result.command === command)
    if (known) known.rounds.push(figures)
    else this.all.push({ participant, command, rounds: [figures] })
  }
}

export interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
}

/** Of a figure over the rounds. */
export function spread(numbers: readonly number[]): Spread {
  const sorted = numbers.toSorted((a, b) => a - b)
  const [least, median, most] = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)]
  if (least === undefined || median === undefined || most === undefined) throw new RangeError('no figures')
  return { median, least, most }
}

/** The result of a participant for a command of this kind that is like `wanted`; `undefined` where there is none. */
export function find<Kind extends Command['kind']>(
  report: Report,
  participant: string,
  wanted: Partial<Extract<Command, { kind: Kind }>> & { readonly kind: Kind },
): readonly FiguresOf<Kind>[] | undefined {
  const found = report.results.find(
    (result) =>
      result.participant === participant &&
      Object.entries(wanted).every(([name, value]) => Reflect.get(result.command, name) === value),
  )
  return found?.rounds as readonly FiguresOf<Kind>[] | undefined
}

type FiguresOf<Kind extends Command['kind']> = Kind extends 'handshake'
  ? HandshakeFigures
  : Kind extends 'throughput'
    ? ThroughputFigures
    : MemoryFigures

export function describeMachine(): Pick<Report, 'date' | 'node' | 'cpu' | 'cpus' | 'versions'> {
  const lock = readFileSync(new URL('../../test-e2e/peers/Cargo.lock', import.meta.url), 'utf8')
  const version = (crate: string) => new RegExp(`name = "${crate}"\nversion = "([^"]+)"`).exec(lock)?.[1] ?? 'unknown'
  return {
    date: new Date().toISOString(),
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cpus: cpus().length,
    versions: Object.fromEntries(['s2n-tls', 'rustls', 'aws-lc-sys'].map((crate) => [crate, version(crate)])),
  }
}

export const loadNow = (): number => loadavg()[0] ?? 0
