import type { Arguments } from './arguments.js'
import type { CliIo } from './io.js'

/** What a command takes, does, and says about itself. */
export interface Command {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  /** For example `webtls connect HOST[:PORT] [options]`. */
  readonly usage: string
  /** What it does, in a paragraph or two. */
  readonly about: string
  readonly options: OptionTable
  readonly examples: readonly Example[]
  /** Resolves with the exit code. */
  run(args: Arguments, io: CliIo): Promise<number>
}

export interface Example {
  readonly what: string
  readonly command: string
}

/** By the option's name, without its dashes. */
export type OptionTable = Readonly<Record<string, Option>>

export interface Option {
  /** What follows it, for example `FILE`; without one it is a switch. */
  readonly value?: string
  readonly short?: string
  /** It may be given several times. */
  readonly multiple?: true
  readonly help: string
  /** The heading in the help under which it and the next ones stand. */
  readonly heading?: string
}
