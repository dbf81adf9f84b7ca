import type { RelayLimits } from '../../relay/options.js'
import type { Arguments } from '../arguments.js'
import { readText } from '../files.js'
import { UsageError } from '../usage-error.js'
import type { RelayConfig } from './relay-config.js'
import { mergeReverseOptions } from './reverse-options.js'

/** The file's settings, with those of the command line in their place where there are such. */
export async function mergeRelayOptions(file: RelayConfig, args: Arguments): Promise<RelayConfig> {
  const port = args.integer('port', { max: 65_535 })
  const host = args.string('host')
  const basePath = args.string('base-path')
  const graceMs = args.milliseconds('grace')
  const log = args.string('log')
  const tokenFile = args.string('token-file')
  const reverse = await mergeReverseOptions(file.reverse, args)
  return {
    ...file,
    ...(port !== undefined && { port }),
    ...(host !== undefined && { host }),
    ...(basePath !== undefined && { basePath }),
    ...(graceMs !== undefined && { graceMs }),
    ...(log !== undefined && { log }),
    ...(args.has('allow') && { allow: args.strings('allow') }),
    ...(args.has('origin') && { origins: args.strings('origin') }),
    ...(args.flag('allow-missing-origin') && { allowMissingOrigin: true }),
    ...(args.flag('wisp') && { wisp: true }),
    ...(args.flag('trust-proxy') && { trustProxy: true }),
    ...(tokenFile !== undefined && { tokens: await readTokens(tokenFile) }),
    ...tlsFrom(args),
    ...metricsFrom(file, args),
    limits: { ...file.limits, ...limitsFrom(args) },
    ...(reverse && { reverse }),
  }
}

async function readTokens(path: string): Promise<readonly string[]> {
  const lines = (await readText(path, 'token-file')).split('\n').map((line) => line.trim())
  const tokens = lines.filter((line) => line !== '')
  if (tokens.length === 0) throw new UsageError(`--token-file ${path}: there is no token in it`)
  return tokens
}

function tlsFrom(args: Arguments): Pick<RelayConfig, 'tls'> {
  const [cert, key] = [args.string('cert'), args.string('key')]
  if ((cert === undefined) !== (key === undefined)) throw new UsageError('--cert and --key go together')
  return cert === undefined || key === undefined ? {} : { tls: { cert, key } }
}

function metricsFrom(file: RelayConfig, args: Arguments): Pick<RelayConfig, 'metrics'> {
  const port = args.integer('metrics-port', { max: 65_535 }) ?? file.metrics?.port
  const host = args.string('metrics-host') ?? file.metrics?.host
  if (port === undefined) {
    if (host !== undefined) throw new UsageError('--metrics-host needs --metrics-port')
    return {}
  }
  return { metrics: { port, ...(host !== undefined && { host }) } }
}

function limitsFrom(args: Arguments): Partial<RelayLimits> {
  const all: { readonly [L in keyof RelayLimits]: number | undefined } = {
    connections: args.integer('max-connections', { min: 1 }),
    connectionsPerClient: args.integer('max-connections-per-client', { min: 1 }),
    connectTimeoutMs: args.milliseconds('connect-timeout'),
    idleTimeoutMs: args.milliseconds('idle-timeout'),
    pingIntervalMs: args.milliseconds('ping-interval'),
    bufferedBytes: args.integer('buffered-bytes', { min: 1 }),
    messageBytes: args.integer('message-bytes', { min: 1 }),
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}
