import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { UsageError } from './usage-error.js'

/** @throws UsageError that names the option and the reason */
export async function readBytes(path: string, option: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (error) {
    const { code } = error as { code?: string }
    const reason = code === 'ENOENT' ? 'there is no such file' : error instanceof Error ? error.message : String(error)
    throw new UsageError(`--${option} ${path}: ${reason}`)
  }
}

export async function readText(path: string, option: string): Promise<string> {
  return new TextDecoder().decode(await readBytes(path, option))
}

/** Appends lines, as SSLKEYLOGFILE does: several programs may share the file. Only its owner may read it. */
export function keyLogWriter(path: string | undefined, onError: (error: Error) => void) {
  if (path === undefined) return undefined
  const stream = createWriteStream(path, { flags: 'a', mode: 0o600 })
  stream.on('error', onError)
  return (line: string): void => {
    stream.write(`${line}\n`)
  }
}
