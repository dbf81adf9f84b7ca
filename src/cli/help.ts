import type { Command, Option } from './command.js'

/** The page that `webtls --help` shows. */
export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  return [
    'webtls: TLS 1.3 on the command line',
    '',
    ...commands.map(({ name, summary }) => `  webtls ${name.padEnd(width)}   ${summary}`),
    '',
    'Each has its own help, with examples: webtls connect --help',
    'webtls --version prints the version. Exit codes are in docs/cli.md.',
    '',
  ].join('\n')
}

/** The page of one command. */
export function commandHelp({ usage, about, options, examples }: Command): string {
  const lines: string[] = [`usage: ${usage}`, '', about, '']
  const entries = Object.entries(options)
  const width = Math.max(...entries.map(([name, option]) => label(name, option).length))
  for (const [name, option] of entries) {
    if (option.heading) lines.push(`${option.heading}:`)
    const [first = '', ...rest] = option.help.split('\n')
    lines.push(`  ${label(name, option).padEnd(width)}  ${first}`)
    for (const line of rest) lines.push(`  ${' '.repeat(width)}  ${line}`)
  }
  lines.push('', 'Examples:')
  for (const { what, command } of examples) lines.push(`  # ${what}`, `  ${command}`, '')
  return lines.join('\n')
}

const label = (name: string, { value, short, multiple }: Option): string =>
  `${short ? `-${short}, ` : ''}--${name}${value ? ` ${value}` : ''}${multiple ? ' ...' : ''}`
