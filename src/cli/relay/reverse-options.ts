import type { Relay } from '../../relay/create-relay.js'
import type { ReverseLimits, ReverseOptions } from '../../relay/reverse/reverse-options.js'
import type { Arguments } from '../arguments.js'
import { readText } from '../files.js'
import { type CliIo, say } from '../io.js'
import { UsageError } from '../usage-error.js'

/** What a configuration file can say of pages that serve. */
export interface ReverseConfig extends Omit<ReverseOptions, 'authorize'> {
  /** Where clients come in whose ClientHello names the page. */
  readonly port?: number
  readonly host?: string
  /** Ports that stand for one name each. */
  readonly ports?: Readonly<Record<string, number>>
}

/** The file's settings, with those of the command line in their place; `undefined` when there are none at all. */
export async function mergeReverseOptions(
  file: ReverseConfig | undefined,
  args: Arguments,
): Promise<ReverseConfig | undefined> {
  const port = args.integer('reverse', { max: 65_535 })
  const host = args.string('reverse-host')
  const tokenFile = args.string('reverse-token-file')
  const ports = args.has('reverse-port') ? namedPorts(args.strings('reverse-port')) : undefined
  const limits = limitsFrom(args)
  const config: ReverseConfig = {
    ...file,
    ...(port !== undefined && { port }),
    ...(host !== undefined && { host }),
    ...(ports && { ports }),
    ...(tokenFile !== undefined && { names: await readNames(tokenFile) }),
    limits: { ...file?.limits, ...limits },
  }
  const isAsked = config.port !== undefined || Object.keys(config.ports ?? {}).length > 0
  const isMeant = file !== undefined || host !== undefined || tokenFile !== undefined || Object.keys(limits).length > 0
  if (!isAsked && !isMeant) return undefined
  if (!isAsked) throw new UsageError('pages that serve need a port for their clients: --reverse PORT or --reverse-port')
  if (Object.keys(config.names ?? {}).length === 0) {
    throw new UsageError('--reverse needs --reverse-token-file, or names in the configuration: who may serve what')
  }
  return config
}

/** Opens the ports, once the relay listens. */
export async function listenReverse(relay: Relay, config: ReverseConfig, io: CliIo): Promise<void> {
  const at = config.host === undefined ? {} : { host: config.host }
  if (config.port !== undefined) {
    const { host, port } = await relay.listenReverse({ port: config.port, ...at })
    say(io, `clients of pages at ${host}:${port}, by SNI`)
  }
  for (const [name, asked] of Object.entries(config.ports ?? {})) {
    const { host, port } = await relay.listenReverse({ port: asked, name, ...at })
    say(io, `clients of ${name} at ${host}:${port}`)
  }
}

/** `NAME TOKEN` on each line; a name may come several times. */
async function readNames(path: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const lines = (await readText(path, 'reverse-token-file')).split('\n').map((line) => line.trim())
  const names = new Map<string, string[]>()
  for (const [index, line] of lines.entries()) {
    if (line === '' || line.startsWith('#')) continue
    const [name = '', token, ...rest] = line.split(/\s+/)
    // not the line itself: it has a secret in it
    if (token === undefined || rest.length > 0) {
      throw new UsageError(`--reverse-token-file ${path}: line ${index + 1} is not a name and a token`)
    }
    names.set(name, [...(names.get(name) ?? []), token])
  }
  return Object.fromEntries(names)
}

function namedPorts(pairs: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name = '', digits = ''] = /^([^=]+)=(\d{1,5})$/.exec(pair) ?? []
      const port = Number(digits)
      if (name === '' || port > 65_535) throw new UsageError(`--reverse-port is NAME=PORT, not "${pair}"`)
      return [name, port] as const
    }),
  )
}

function limitsFrom(args: Arguments): Partial<ReverseLimits> {
  const all: Partial<Record<keyof ReverseLimits, number | undefined>> = {
    pages: args.integer('max-pages', { min: 1 }),
    connectionsPerPage: args.integer('max-connections-per-page', { min: 1 }),
    helloTimeoutMs: args.milliseconds('hello-timeout'),
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}
