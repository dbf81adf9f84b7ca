import type { RelayLimits, RelayOptions } from '../../relay/options.js'
import { readText } from '../files.js'
import { UsageError } from '../usage-error.js'
import type { ReverseConfig } from './reverse-options.js'

/** What a configuration file can say: the options of `createRelay` and of its `listen` that are data. */
export interface RelayConfig
  extends Omit<RelayOptions, 'origins' | 'logger' | 'resolve' | 'onBytes' | 'limits' | 'reverse'> {
  readonly origins?: readonly string[]
  readonly limits?: Partial<RelayLimits>
  readonly reverse?: ReverseConfig
  readonly port?: number
  readonly host?: string
  /** Paths of PEM files. */
  readonly tls?: { readonly cert: string; readonly key: string }
  readonly metrics?: { readonly port: number; readonly host?: string }
  readonly graceMs?: number
  readonly log?: string
}

/** @throws UsageError that names the key: a misspelt one must not leave a relay more open than was meant */
export async function readRelayConfig(path: string): Promise<RelayConfig> {
  const text = await readText(path, 'config')
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    throw new UsageError(`--config ${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
  check(parsed, shape, '', path)
  return parsed as RelayConfig
}

type Shape = 'string' | 'boolean' | 'count' | 'strings' | 'tokens' | 'ports' | { readonly [key: string]: Shape }

function check(value: unknown, expected: Shape, at: string, path: string): void {
  const wrong = (what: string) => new UsageError(`--config ${path}: ${at || 'the file'} ${what}`)
  if (typeof expected !== 'object') {
    if (checks[expected].holds(value)) return
    // tokens are not for a terminal
    throw wrong(`is ${checks[expected].name}${expected === 'tokens' ? '' : `, not ${JSON.stringify(value)}`}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong('is an object')
  for (const [key, inner] of Object.entries(value)) {
    const rule = Object.hasOwn(expected, key) ? expected[key] : undefined
    if (rule === undefined) throw wrong(`has no "${key}"; it may have ${Object.keys(expected).join(', ')}`)
    check(inner, rule, at === '' ? key : `${at}.${key}`, path)
  }
}

const checks = {
  string: { name: 'a text', holds: (value: unknown) => typeof value === 'string' },
  boolean: { name: 'true or false', holds: (value: unknown) => typeof value === 'boolean' },
  count: { name: 'a whole number', holds: (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0 },
  strings: {
    name: 'a list of texts',
    holds: (value: unknown) => isStrings(value),
  },
  tokens: {
    name: 'an object of names, each with its token or a list of them',
    holds: (value: unknown) => valuesOf(value)?.every((each) => typeof each === 'string' || isStrings(each)) ?? false,
  },
  ports: {
    name: 'an object of names, each with its port',
    holds: (value: unknown) =>
      valuesOf(value)?.every((each) => Number.isSafeInteger(each) && Number(each) >= 0) ?? false,
  },
} as const

const isStrings = (value: unknown) => Array.isArray(value) && value.every((each) => typeof each === 'string')

function valuesOf(value: unknown): readonly unknown[] | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.values(value) : undefined
}

const shape: Shape = {
  port: 'count',
  host: 'string',
  basePath: 'string',
  tls: { cert: 'string', key: 'string' },
  metrics: { port: 'count', host: 'string' },
  allow: 'strings',
  origins: 'strings',
  allowMissingOrigin: 'boolean',
  tokens: 'strings',
  trustProxy: 'boolean',
  wisp: 'boolean',
  limits: {
    connections: 'count',
    connectionsPerClient: 'count',
    connectTimeoutMs: 'count',
    idleTimeoutMs: 'count',
    pingIntervalMs: 'count',
    bufferedBytes: 'count',
    messageBytes: 'count',
  },
  reverse: {
    port: 'count',
    host: 'string',
    ports: 'ports',
    names: 'tokens',
    limits: {
      pages: 'count',
      connections: 'count',
      connectionsPerPage: 'count',
      connectionsPerClient: 'count',
      pendingHellos: 'count',
      pendingHellosPerClient: 'count',
      helloTimeoutMs: 'count',
      helloBytes: 'count',
      reservedMs: 'count',
      pageBytes: 'count',
    },
  },
  graceMs: 'count',
  log: 'string',
}
