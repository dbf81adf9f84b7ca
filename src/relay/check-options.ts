import { checkOptionNames } from '../connection/option-checks.js'
import { TlsError } from '../errors/tls-error.js'
import { checkOrigins } from './check-origins.js'
import type { RelayListenOptions } from './create-relay.js'
import { defaultLimits, type RelayLimits, type RelayOptions } from './options.js'
import { defaultReverseLimits, type ReverseListenOptions, type ReverseOptions } from './reverse/reverse-options.js'

/** @throws TlsError `invalid_argument`: what is misspelt, or of another kind, must not leave a relay more open */
export function checkRelayOptions(options: RelayOptions): void {
  checkOptionNames(options, optionNames)
  checkList('allow', options.allow)
  checkList('tokens', options.tokens)
  if (typeof options.origins !== 'function') {
    checkList('origins', options.origins)
    checkOrigins(options.origins ?? [])
  }
  checkLimits(options.limits ?? {})
  const { reverse } = options
  if (reverse === undefined) return
  checkOptionNames(reverse, reverseNames, 'reverse')
  checkOptionNames(reverse.limits ?? {}, namesOf(defaultReverseLimits), 'reverse.limits')
}

export function checkListenOptions(options: RelayListenOptions): void {
  checkOptionNames(options, listenNames)
  checkOptionNames(options.metrics ?? {}, metricsNames, 'metrics')
}

export function checkReverseListenOptions(options: ReverseListenOptions): void {
  checkOptionNames(options, reverseListenNames)
}

/** One text has `includes` too, and would permit every part of itself. */
function checkList(name: string, list: readonly string[] | undefined): void {
  if (list === undefined) return
  if (!Array.isArray(list) || !list.every((each) => typeof each === 'string')) {
    throw new TlsError('invalid_argument', `${name} must be a list of strings`)
  }
}

/** A limit that is no number would hold for nothing: no comparison with it is true. */
function checkLimits(limits: Partial<RelayLimits>): void {
  checkOptionNames(limits, namesOf(defaultLimits), 'limits')
  for (const [name, value] of Object.entries(limits) as [string, unknown][]) {
    const isTime = name.endsWith('Ms')
    const isRight = typeof value === 'number' && value > 0 && (isTime ? value < 2 ** 31 : Number.isSafeInteger(value))
    if (isRight) continue
    const range = isTime ? 'in milliseconds, above 0 and below 2^31' : 'a whole number above 0'
    throw new TlsError('invalid_argument', `limits.${name} is ${range}, not ${String(value)}`)
  }
}

const namesOf = (defaults: object): Readonly<Record<string, true>> =>
  Object.fromEntries(Object.keys(defaults).map((name) => [name, true]))

/** Each name once, held to the interface by its type, as those below. */
const optionNames: Readonly<Record<keyof RelayOptions, true>> = {
  allow: true,
  origins: true,
  allowMissingOrigin: true,
  tokens: true,
  reverse: true,
  wisp: true,
  basePath: true,
  trustProxy: true,
  limits: true,
  logger: true,
  resolve: true,
  onBytes: true,
}

const reverseNames: Readonly<Record<keyof ReverseOptions, true>> = { names: true, authorize: true, limits: true }

const listenNames: Readonly<Record<keyof RelayListenOptions, true>> = {
  port: true,
  host: true,
  tls: true,
  metrics: true,
}

const metricsNames: Readonly<Record<keyof NonNullable<RelayListenOptions['metrics']>, true>> = {
  port: true,
  host: true,
}

const reverseListenNames: Readonly<Record<keyof ReverseListenOptions, true>> = { port: true, host: true, name: true }
