import { loadMozillaRoots } from '../../certificates/roots/mozilla-roots.js'
import { TrustAnchors } from '../../certificates/trust-anchors.js'
import type { TlsClientOptions } from '../../connection/client-config.js'
import type { ConnectionCapture } from '../../inspect/connection-capture.js'
import { nodeProvider } from '../../node/node-provider.js'
import { loadSystemTrustAnchors } from '../../node/system-trust-anchors.js'
import type { Arguments } from '../arguments.js'
import { readText } from '../files.js'
import type { CliIo } from '../io.js'
import { externalPsks, identities, keyLog, securityPolicy } from '../tls-options.js'
import type { FileSessionStore } from './session-file.js'

/** The client's options from the command line's. */
export async function clientOptions(
  args: Arguments,
  host: string,
  sessionStore: FileSessionStore | undefined,
  io: CliIo,
  capture: ConnectionCapture | undefined,
): Promise<TlsClientOptions> {
  const psks = await externalPsks(args)
  const trustAnchors = await chosenTrustAnchors(args, psks.length > 0)
  const alpnProtocols = args.list('alpn')
  const log = allOf(keyLog(args, io), capture?.keyLog)
  return {
    provider: nodeProvider,
    serverName: args.string('servername') ?? host,
    securityPolicy: securityPolicy(args),
    identity: await identities(args),
    ...(trustAnchors && { trustAnchors }),
    ...(alpnProtocols && { alpnProtocols }),
    ...(psks.length > 0 && { externalPsks: psks }),
    ...(sessionStore && { sessionStore }),
    ...(log && { keyLog: log }),
  }
}

/** A listener that tells all that are there, or none. */
function allOf(...listeners: readonly (((line: string) => void) | undefined)[]): ((line: string) => void) | undefined {
  const there = listeners.filter((each) => each !== undefined)
  if (there.length === 0) return undefined
  return (line) => {
    for (const listener of there) listener(line)
  }
}

/** With `--ca` those alone, so that a private server is not vouched for by a public CA; a PSK needs none. */
async function chosenTrustAnchors(args: Arguments, hasPsk: boolean): Promise<TrustAnchors | undefined> {
  const given = args.strings('ca')
  const roots = args.oneOf('roots', ['system', 'mozilla'] as const)
  const fromFiles = await Promise.all(given.map((path) => readText(path, 'ca')))
  const which = roots ?? (given.length > 0 || hasPsk ? undefined : 'system')
  const store = which && (which === 'system' ? await loadSystemTrustAnchors() : await loadMozillaRoots())
  if (fromFiles.length === 0 && !store) return undefined
  return TrustAnchors.from([...fromFiles, ...(store ? [store] : [])])
}
