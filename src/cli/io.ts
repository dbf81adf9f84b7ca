import type { Readable, Writable } from 'node:stream'

/** The process as the commands see it: tests give them another one. */
export interface CliIo {
  readonly stdin: Readable
  readonly stdout: Writable & { readonly isTTY?: boolean }
  readonly stderr: Writable & { readonly isTTY?: boolean }
  /** Calls back on SIGINT and SIGTERM, until the returned function is called. */
  onInterrupt(listener: () => void): () => void
}

export const processIo: CliIo = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  onInterrupt(listener) {
    process.on('SIGINT', listener)
    process.on('SIGTERM', listener)
    return () => {
      process.off('SIGINT', listener)
      process.off('SIGTERM', listener)
    }
  },
}

/** Lines for people on standard error: standard output belongs to the data. */
export function say(io: CliIo, ...lines: readonly string[]): void {
  for (const line of lines) io.stderr.write(`${line}\n`)
}

/** One JSON value a line, for programs. */
export function sayJson(stream: Writable, value: unknown): void {
  stream.write(`${JSON.stringify(value)}\n`)
}

/** What peers send must not drive the terminal: control characters are shown, not obeyed. */
export const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
