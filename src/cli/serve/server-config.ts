import { writeFile } from 'node:fs/promises'
import { TlsServerConfig, type TlsServerOptions } from '../../connection/server-config.js'
import { nodeProvider } from '../../node/node-provider.js'
import { TicketKeys } from '../../session/ticket-keys.js'
import type { Arguments } from '../arguments.js'
import { readText } from '../files.js'
import type { CliIo } from '../io.js'
import { externalPsks, identities, keyLog, securityPolicy } from '../tls-options.js'
import { UsageError } from '../usage-error.js'
import { createDemoIdentity } from './demo-identity.js'

export interface ServeConfig {
  readonly tls: TlsServerConfig
  /** PEM of the CA that was made at start. */
  readonly madeCa: string | undefined
}

/** The server's configuration from the command line. */
export async function serveConfig(args: Arguments, io: CliIo): Promise<ServeConfig> {
  const given = await identities(args)
  if (given.length > 0 && (args.has('name') || args.has('ca-out'))) {
    throw new UsageError('--name and --ca-out are for the certificate that is made at start, not for that of --cert')
  }
  const demo =
    given.length > 0 ? undefined : await createDemoIdentity(args.list('name') ?? namesFor(args.string('host')))
  const caFile = args.string('ca-out')
  if (demo && caFile !== undefined) await writeFile(caFile, demo.ca)
  const log = keyLog(args, io)
  const alpnProtocols = args.list('alpn') ?? (args.has('files') ? ['http/1.1'] : undefined)
  const options: TlsServerOptions = {
    provider: nodeProvider,
    identities: demo ? [demo.identity] : given,
    securityPolicy: securityPolicy(args),
    externalPsks: await externalPsks(args),
    ...(await clientAuth(args)),
    ...sessions(args),
    ...(alpnProtocols && { alpnProtocols }),
    ...(log && { keyLog: log }),
  }
  return { tls: await TlsServerConfig.create(options), madeCa: demo?.ca }
}

async function clientAuth(args: Arguments): Promise<Partial<TlsServerOptions>> {
  const files = args.strings('client-ca')
  const asked = args.oneOf('client-auth', ['none', 'optional', 'required'] as const) ?? 'none'
  if (asked === 'none' && files.length > 0) throw new UsageError('--client-ca needs --client-auth optional or required')
  if (asked === 'none') return {}
  if (files.length === 0) throw new UsageError(`--client-auth ${asked} needs --client-ca: who may vouch for clients`)
  return {
    clientAuth: asked,
    clientTrustAnchors: await Promise.all(files.map((path) => readText(path, 'client-ca'))),
  }
}

function sessions(args: Arguments): Partial<TlsServerOptions> {
  const ticketCount = args.integer('tickets', { max: 16 })
  const ticketLifetimeSeconds = args.integer('ticket-lifetime', { min: 1, max: 604_800 })
  const maxEarlyData = args.integer('early-data', { max: 2 ** 20 })
  if (ticketCount === 0) {
    if (maxEarlyData) throw new UsageError('--early-data needs tickets: 0-RTT is for clients that come again')
    return {}
  }
  return {
    ticketKeys: TicketKeys.generated(),
    ...(ticketCount && { ticketCount }),
    ...(ticketLifetimeSeconds && { ticketLifetimeSeconds }),
    ...(maxEarlyData && { maxEarlyData }),
  }
}

function namesFor(host: string | undefined): readonly string[] {
  const own = host === undefined || host === '0.0.0.0' || host === '::' ? [] : [host]
  return [...new Set(['localhost', '127.0.0.1', '::1', ...own])]
}
