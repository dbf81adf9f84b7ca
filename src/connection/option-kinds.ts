import { TlsError } from '../errors/tls-error.js'
import { isObject } from '../wire/is-object.js'
import { checkOptionNames } from './option-checks.js'

/**
 * What an option is, where that can be said at once: a program without types must be told of a mistake, and not by
 * whatever it meets later. An array names what an object must have; `checked` ones are judged where they are read.
 */
export type OptionKind =
  | 'boolean'
  | 'function'
  | 'list'
  | 'list or function'
  | 'object'
  | 'texts'
  | 'checked'
  | readonly string[]

/**
 * Names are known, and values of their kind: neither `null` nor a text where a boolean is meant is taken for an option
 * that is absent.
 * @throws TlsError `invalid_argument`
 */
export function checkOptions(options: unknown, kinds: Readonly<Record<string, OptionKind>>): void {
  if (!isObject(options)) {
    throw new TlsError('invalid_argument', `the options are an object, not ${nameOfValue(options)}`)
  }
  checkOptionNames(options, kinds)
  for (const [name, value] of Object.entries(options)) {
    const kind = kinds[name]
    if (value !== undefined && kind !== undefined && !isOfKind(value, kind)) {
      throw new TlsError('invalid_argument', `${name} is ${wanted(kind)}, not ${nameOfValue(value)}`)
    }
  }
}

function isOfKind(value: unknown, kind: OptionKind): boolean {
  if (typeof kind !== 'string') {
    return isObject(value) && kind.every((member) => member in value)
  }
  switch (kind) {
    case 'boolean':
    case 'function':
      return typeof value === kind
    case 'list':
      return Array.isArray(value)
    case 'list or function':
      return Array.isArray(value) || typeof value === 'function'
    case 'object':
      return isObject(value) && !Array.isArray(value)
    case 'texts':
      return Array.isArray(value) && value.every((each) => typeof each === 'string')
    case 'checked':
      return value !== null
  }
}

function wanted(kind: OptionKind): string {
  if (typeof kind !== 'string') return `an object with ${kind.join(', ')}`
  switch (kind) {
    case 'boolean':
      return 'true or false'
    case 'texts':
      return 'a list of texts'
    case 'object':
      return 'an object'
    case 'checked':
      return 'left out when there is none'
    default:
      return `a ${kind}`
  }
}

/** Without what is in it, which may be a secret. */
function nameOfValue(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list of something else'
  return typeof value === 'string' ? 'a text' : typeof value === 'object' ? 'such an object' : `a ${typeof value}`
}
