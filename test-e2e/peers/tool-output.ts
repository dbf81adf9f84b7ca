import { setTimeout as sleep } from 'node:timers/promises'
import { type ServerProcess, startProcess } from '../support/server-process.js'

/** A tool of the command line with all that it prints, however much. */
export interface ToolProcess {
  readonly process: ServerProcess
  /** Resolves with the match in what is printed after the last match. */
  next(pattern: RegExp): Promise<RegExpExecArray>
  /** The same for bytes, which may be long. */
  nextBytes(bytes: Uint8Array): Promise<void>
}

export function startTool(command: string, args: readonly string[]): ToolProcess {
  return watchTool((onLine) => startProcess(command, args, { onLine }))
}

/** For a process that someone else starts. */
export function watchTool(start: (onLine: (line: string) => void) => ServerProcess): ToolProcess {
  let text = ''
  let cursor = 0
  const process = start((line) => {
    // where s_server and s_client read no data, but a KeyUpdate: in the middle of a line of data
    text +=
      line.endsWith('ead BLOCK') || line.endsWith('read R BLOCK')
        ? line.replace(/[Rr]ead (R )?BLOCK$/, '')
        : `${line}\n`
  })

  async function find<Found>(what: string, look: (rest: string) => { found: Found; length: number } | undefined) {
    for (let waited = 0; waited < limitMilliseconds; waited += stepMilliseconds) {
      const hit = look(text.slice(cursor))
      if (hit !== undefined) {
        cursor += hit.length
        return hit.found
      }
      if (process.hasExited() && waited > graceMilliseconds) break
      await sleep(stepMilliseconds)
    }
    throw new Error(`the tool does not print ${what}: ${process.output().slice(-3000)}`)
  }

  return {
    process,
    next: (pattern) =>
      find(String(pattern), (rest) => {
        const found = pattern.exec(rest)
        return found === null ? undefined : { found, length: found.index + found[0].length }
      }),
    nextBytes(bytes) {
      const wanted = Buffer.from(bytes).toString('latin1')
      return find(`${bytes.length} bytes`, (rest) => {
        const index = rest.indexOf(wanted)
        return index < 0 ? undefined : { found: undefined, length: index + wanted.length }
      })
    },
  }
}

/** Lines of digits: no letter is a command to a tool, and what it prints can be found again. */
export function digitLines(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  for (let index = 0; index < length; index++) {
    bytes[index] = index % 64 === 63 || index === length - 1 ? newline : zero + (((index * 7919) >> 3) % 10)
  }
  return bytes
}

const newline = 10
const zero = 48
const stepMilliseconds = 5
const graceMilliseconds = 200
const limitMilliseconds = 20_000
