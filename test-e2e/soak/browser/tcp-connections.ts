import { readFileSync } from 'node:fs'

/** Connections that a server on this machine has open at a port: on Linux, else `undefined`. */
export function tcpConnectionsTo(port: number): number | undefined {
  let table: string
  try {
    table = readFileSync('/proc/net/tcp', 'utf8')
  } catch {
    return undefined
  }
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return table.split('\n').filter((line) => {
    const [, address = '', , state = ''] = line.trim().split(/\s+/)
    return address.endsWith(local) && openStates.has(state)
  }).length
}

/** Established; closed by the peer and not yet by the server. */
const openStates: ReadonlySet<string> = new Set(['01', '08'])
