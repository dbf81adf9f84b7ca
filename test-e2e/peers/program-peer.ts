import { type ServerProcess, startProcess } from '../support/server-process.js'
import { type ProgramClientOptions, type ProgramServerOptions, programArguments } from './program-options.js'
import { buildProgram, type ProgramName } from './programs.js'

/** One line of a program; README.md has them all. */
export type ProgramEvent =
  | { readonly event: 'listening'; readonly port: number }
  | ({ readonly event: 'handshake'; readonly connection: number } & ProgramHandshake)
  | {
      readonly event: 'received' | 'earlyData'
      readonly connection: number
      readonly bytes: number
      readonly sha256: string
    }
  | { readonly event: 'closed'; readonly connection: number; readonly clean: boolean }
  | {
      readonly event: 'failed'
      readonly connection: number
      readonly error: string
      /** The number of the alert that came from the other side. */
      readonly alert: number | null
    }

export interface ProgramHandshake {
  readonly version: 'TLSv1.3' | 'TLSv1.2' | 'other'
  readonly cipherSuite: string | null
  readonly group: string | null
  readonly alpn: string | null
  /** That a server was asked for. */
  readonly serverName: string | null
  readonly resumed: boolean
  readonly helloRetried: boolean
  readonly earlyData: 'none' | 'accepted' | 'rejected'
  /** SHA-256 of the other side's leaf. */
  readonly peerCertificate: string | null
  /** 32 bytes in hexadecimal, see `exporterOf`. */
  readonly exporter: string | null
}

export type ProgramEventName = ProgramEvent['event']
type EventOf<Name extends ProgramEventName> = Extract<ProgramEvent, { readonly event: Name }>

export interface RunningProgram {
  readonly process: ServerProcess
  /** All lines so far. */
  readonly events: readonly ProgramEvent[]
  /** The line of that name about the connection, which is counted from 1; rejects when another one has ended it. */
  event<Name extends ProgramEventName>(name: Name, connection?: number): Promise<EventOf<Name>>
  /** How the connection ended. */
  end(connection?: number): Promise<EventOf<'closed' | 'failed'>>
  stop(): Promise<void>
}

export interface ProgramServer extends RunningProgram {
  readonly host: string
  readonly port: number
}

/** A server on a free port of 127.0.0.1. It serves any number of connections, at the same time too. */
export async function startProgramServer(
  name: ProgramName,
  options: ProgramServerOptions = {},
): Promise<ProgramServer> {
  const program = run(name, ['server', ...programArguments(options)])
  try {
    const { port } = await program.event('listening')
    return { ...program, host: '127.0.0.1', port }
  } catch (error) {
    await program.stop()
    throw error
  }
}

/** A client that starts at once, or, with `portsFromStdin`, for each port that is written to its standard input. */
export function startProgramClient(
  name: ProgramName,
  { port }: { readonly port: number },
  options: ProgramClientOptions = {},
): RunningProgram {
  return run(name, ['client', '--port', String(port), ...programArguments(options)])
}

function run(name: ProgramName, args: readonly string[]): RunningProgram {
  const { path, reason } = buildProgram(name)
  if (path === undefined) throw new Error(`the peer ${name} cannot be had: ${reason}`)
  const events: ProgramEvent[] = []
  const listeners = new Set<() => void>()
  let hasEnded = false
  const tellAll = () => {
    for (const listener of listeners) listener()
  }
  const process = startProcess(path, args, {
    onLine(line) {
      events.push(JSON.parse(line) as ProgramEvent)
      tellAll()
    },
    onLastLine() {
      hasEnded = true
      tellAll()
    },
  })

  function find<Event>(what: string, look: () => Event | undefined): Promise<Event> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer)
        listeners.delete(check)
        act()
      }
      const fail = (why: string) => settle(() => reject(new Error(`${name} ${why} ${what}: ${process.output()}`)))
      const check = () => {
        const found = look()
        if (found !== undefined) settle(() => resolve(found))
        else if (hasEnded) fail('ended before it said')
      }
      const timer = setTimeout(() => fail('does not say'), waitMilliseconds)
      listeners.add(check)
      check()
    })
  }

  const endOf = (connection: number) =>
    events.find(
      (event): event is EventOf<'closed' | 'failed'> =>
        (event.event === 'closed' || event.event === 'failed') && event.connection === connection,
    )

  return {
    process,
    events,
    async event<Name extends ProgramEventName>(wanted: Name, connection = 1) {
      const isWanted = (event: ProgramEvent): event is EventOf<Name> =>
        event.event === wanted && (event.event === 'listening' || event.connection === connection)
      const found = await find(`"${wanted}"`, () => events.find(isWanted) ?? endOf(connection))
      if (!isWanted(found)) throw new Error(`${name} did not say "${wanted}", but ${JSON.stringify(found)}`)
      return found
    },
    end: (connection = 1) => find(`how connection ${connection} ended`, () => endOf(connection)),
    stop: () => process.stop(),
  }
}

const waitMilliseconds = 20_000
