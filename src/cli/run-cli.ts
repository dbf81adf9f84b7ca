import { createRequire } from 'node:module'
import { Arguments } from './arguments.js'
import type { Command } from './command.js'
import { connectCommand } from './connect/connect-command.js'
import { exitCodeOf, exitCodes } from './exit-codes.js'
import { failureJson, failureLines } from './failure.js'
import { commandHelp, overview } from './help.js'
import { type CliIo, say, sayJson } from './io.js'
import { relayCommand } from './relay/relay-command.js'
import { serveCommand } from './serve/serve-command.js'

const commands: readonly Command[] = [connectCommand, serveCommand, relayCommand]

/** The command line as a function: arguments without the program's name in, the exit code out. It never rejects. */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  const [name, ...rest] = argv
  if (name === undefined) {
    io.stderr.write(overview(commands))
    return exitCodes.usage
  }
  if (name === '--help' || name === '-h' || name === 'help') return showHelp(rest[0], io)
  if (name === '--version') {
    io.stdout.write(`${version()}\n`)
    return exitCodes.ok
  }
  const command = commands.find((each) => each.name === name)
  if (!command) {
    say(io, `webtls: there is no command "${name}"`, '', overview(commands))
    return exitCodes.usage
  }
  if (rest.includes('--help') || rest.includes('-h')) return showHelp(name, io)
  try {
    return await command.run(new Arguments(rest, command), io)
  } catch (error) {
    if (rest.includes('--json')) sayJson(io.stderr, await failureJson(error))
    else say(io, ...(await failureLines(error)))
    return exitCodeOf(error)
  }
}

function showHelp(name: string | undefined, io: CliIo): number {
  const command = commands.find((each) => each.name === name)
  io.stdout.write(command ? commandHelp(command) : overview(commands))
  return exitCodes.ok
}

/** The package knows itself by its name, built or not. */
function version(): string {
  const manifest = createRequire(import.meta.url)('webtls/package.json') as { version: string }
  return manifest.version
}
