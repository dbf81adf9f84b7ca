import type { Arguments } from './arguments.js'
import { type CliIo, say, sayJson } from './io.js'

/** Something that the user should know and that is no failure, on standard error in the form that was asked for. */
export function notice(args: Arguments, io: CliIo, message: string): void {
  if (args.flag('json')) sayJson(io.stderr, { event: 'notice', message })
  else say(io, `webtls: ${message}`)
}
