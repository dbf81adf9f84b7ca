import { parseArgs } from 'node:util'
import { nearMatches } from '../policy/near-matches.js'
import type { Command, OptionTable } from './command.js'
import { refusedOptions } from './refused-options.js'
import { UsageError } from './usage-error.js'

/** The arguments of a command, read and typed as they are asked for. */
export class Arguments {
  readonly positionals: readonly string[]
  readonly #values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>

  /** @throws UsageError that says what would have been right */
  constructor(args: readonly string[], command: Pick<Command, 'name' | 'options'>) {
    const help = `see webtls ${command.name} --help`
    for (const arg of args) checkName(arg, command.options, help)
    try {
      const options = Object.fromEntries(
        Object.entries(command.options).map(([name, { value, short, multiple }]) => [
          name,
          {
            type: value === undefined ? ('boolean' as const) : ('string' as const),
            ...(short && { short }),
            ...(multiple && { multiple }),
          },
        ]),
      )
      const { values, positionals } = parseArgs({ args: [...args], options, strict: true, allowPositionals: true })
      this.#values = values
      this.positionals = positionals
    } catch (error) {
      throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${help}`)
    }
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined
  }

  flag(name: string): boolean {
    return this.#values[name] === true
  }

  string(name: string): string | undefined {
    const value = this.#values[name]
    return typeof value === 'string' ? value : undefined
  }

  /** Of an option that may be given several times. */
  strings(name: string): readonly string[] {
    const value = this.#values[name]
    return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
  }

  /** Several, each of which may be a list with commas. */
  list(name: string): readonly string[] | undefined {
    if (!this.has(name)) return undefined
    const items = this.strings(name)
      .flatMap((each) => each.split(','))
      .map((each) => each.trim())
    if (items.some((item) => item === '')) throw new UsageError(`--${name} has an empty item`)
    return items
  }

  integer(name: string, { min = 0, max = Number.MAX_SAFE_INTEGER } = {}): number | undefined {
    const text = this.string(name)
    if (text === undefined) return undefined
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= min && value <= max)) {
      throw new UsageError(`--${name} is a whole number from ${min} to ${max}, not "${text}"`)
    }
    return value
  }

  /** Given in seconds, fractions allowed; in whole milliseconds. */
  milliseconds(name: string): number | undefined {
    const text = this.string(name)
    if (text === undefined) return undefined
    const value = /^\d{1,7}(?:\.\d{1,3})?$/.test(text) ? Math.round(Number(text) * 1000) : Number.NaN
    if (!(value > 0 && value < 2 ** 31)) throw new UsageError(`--${name} is a number of seconds, not "${text}"`)
    return value
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const text = this.string(name)
    if (text === undefined) return undefined
    const value = allowed.find((each) => each === text)
    if (value === undefined) throw new UsageError(`--${name} is one of ${allowed.join(', ')}, not "${text}"`)
    return value
  }
}

/** Node's own message for an unknown option speaks of positionals; ours says which one may have been meant. */
function checkName(arg: string, options: OptionTable, help: string): void {
  const name = /^--([^=]+)/.exec(arg)?.[1] ?? /^-(k)$/.exec(arg)?.[1]
  if (name === undefined || name in options) return
  const refused = refusedOptions.get(name)
  if (refused !== undefined) throw new UsageError(refused)
  const near = nearMatches(name.toLowerCase(), Object.keys(options))
  const hint = near.length === 0 ? '' : ` Did you mean ${near.map((each) => `--${each}`).join(' or ')}?`
  throw new UsageError(`there is no option --${name}.${hint}\n${help}`)
}
