import { isIPv6 } from 'node:net'
import { UsageError } from '../usage-error.js'

export interface ConnectTarget {
  readonly host: string
  readonly port: number
}

/** `host`, `host:port`, `[2001:db8::1]:port`, or the URL that someone pasted. */
export function parseConnectTarget(text: string, defaultPort: number): ConnectTarget {
  const pasted = /^https:\/\/([^/?#@]+)/.exec(text)?.[1] ?? text
  // an address without brackets has colons of its own
  if (isIPv6(pasted)) return { host: pasted, port: defaultPort }
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/\s]+))(?::(\d{1,5}))?$/.exec(pasted)
  const host = match?.[1] ?? match?.[2]
  const port = match?.[3] === undefined ? defaultPort : Number(match[3])
  if (host === undefined || port < 1 || port > 65535 || (match?.[1] !== undefined && !isIPv6(host))) {
    throw new UsageError(`"${text}" is no target: HOST, HOST:PORT or [IPv6 address]:PORT`)
  }
  return { host, port }
}
