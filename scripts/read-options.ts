import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type ParseArgsConfig, parseArgs } from 'node:util'

/**
 * The options of a script on its command line. `--help` shows the comment at the script's head and ends it with 0, what
 * cannot be read is told in one line and ends it with 2.
 *
 * @param script its `import.meta.url`
 */
export function readOptions<const T extends NonNullable<ParseArgsConfig['options']>>(script: string, options: T) {
  answerHelp(script)
  try {
    return parseArgs({ options }).values
  } catch (error) {
    return refuseArguments(error instanceof Error ? error.message : String(error))
  }
}

/** Shows how a script is used, and ends it, where that is asked for. */
export function answerHelp(script: string): void {
  if (!process.argv.slice(2).some((argument) => argument === '--help' || argument === '-h')) return
  console.log(headerComment(readFileSync(fileURLToPath(script), 'utf8')))
  process.exit(0)
}

/** Ends a script whose command line is wrong. */
export function refuseArguments(message: string): never {
  // Node's own messages go on with advice that does not fit here
  console.error(`${message.split(/\.\s/, 1)[0]}; --help says what there is`)
  process.exit(2)
}

/** The first documentation comment of a source, without its marks. */
export function headerComment(source: string): string {
  const [, text = ''] = /\/\*\*(.*?)\*\//s.exec(source) ?? []
  return text
    .replace(/^ *\* ?/gm, '')
    .replaceAll('`', '')
    .trim()
}
