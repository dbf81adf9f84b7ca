import { lookup } from 'node:dns/promises'
import ipaddr from 'ipaddr.js'
import { RelayError } from '../transports/relay-error.js'
import type { AllowList } from './allow-list.js'
import type { IpAddress, Target } from './target.js'
import { whyNotReached } from './why-not-reached.js'

export type Resolve = (host: string) => Promise<readonly string[]>

/** As the system does it: its hosts file, its search rules, its order of addresses. */
export const systemResolve: Resolve = async (host) => {
  const found = await lookup(host, { all: true, verbatim: true })
  return found.map(({ address }) => address)
}

/**
 * The addresses of a target that may be connected to. Nothing is resolved again after this: who connects uses these
 * very addresses, so that a name which changes its answer (DNS rebinding) gains nothing.
 */
export async function resolveTarget(target: Target, allow: AllowList, resolve: Resolve): Promise<readonly string[]> {
  const { host, port, address } = target
  // an address is a name to the pattern `*` only: the others have a letter in their last label
  const isNameAllowed = allow.allowsName(host, port)
  // names that lead nowhere are not resolved: the relay is no one's window into its DNS
  if (address === undefined && !isNameAllowed && !allow.hasAddressesFor(port)) throw blocked(target)
  const addresses = address === undefined ? await addressesOf(host, resolve) : [address]
  const allowed = addresses.filter((found) => allow.allowsAddress(found, port, isNameAllowed))
  if (allowed.length === 0) throw blocked(target, isNameAllowed ? whyNotReached(target, addresses) : undefined)
  return allowed.map((found) => found.toString())
}

async function addressesOf(host: string, resolve: Resolve): Promise<readonly IpAddress[]> {
  let found: readonly string[]
  try {
    found = await resolve(host)
  } catch (cause) {
    throw new RelayError('unresolvable', `${host} does not resolve`, { cause })
  }
  // a zone (fe80::1%eth0) means link-local, and Node would take the text after it on trust
  const addresses = found
    .filter((text) => !text.includes('%') && ipaddr.isValid(text))
    .map((text) => ipaddr.parse(text))
  if (addresses.length === 0) throw new RelayError('unresolvable', `${host} has no address`)
  return addresses
}

/**
 * The client is told the same of a name that is not permitted and of one whose addresses are not: otherwise it could
 * ask its way through the relay's network. The cause is for the log.
 */
function blocked({ host, port }: Target, forOperator?: string): RelayError {
  const options = forOperator === undefined ? undefined : { cause: new Error(forOperator) }
  return new RelayError('blocked', `this relay does not allow ${host}:${port}`, options)
}
