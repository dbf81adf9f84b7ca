import { TlsError } from '../../../src/errors/tls-error.js'
import { type Bytes, equalBytes, toHex } from '../../../src/wire/bytes.js'

/** A parser under coverage-guided fuzzing. It throws what is a defect; what the parser may refuse it swallows. */
export interface Target {
  readonly name: string
  run(input: Bytes): void | Promise<void>
}

/** Parses; an error of the kind that the parser promises is `undefined`, every other one a finding. */
export function parsed<T>(parse: () => T, isPromised: (error: unknown) => boolean = isTlsError): T | undefined {
  try {
    return parse()
  } catch (error) {
    if (isPromised(error)) return undefined
    throw error
  }
}

/** A TlsError other than an internal one. */
export const isTlsError = (error: unknown): boolean => error instanceof TlsError && error.code !== 'internal'

export function expectSame(what: string, actual: Uint8Array, expected: Uint8Array): void {
  if (equalBytes(actual, expected)) return
  throw new Error(`${what}: ${toHex(actual).slice(0, 400)} where ${toHex(expected).slice(0, 400)} was`)
}

/** The input in pieces, whose lengths its own bytes say: so that a finding comes back with the input. */
export function pieces(input: Bytes): Bytes[] {
  const parts: Bytes[] = []
  for (let at = 0; at < input.length; ) {
    const length = 1 + ((input[at] ?? 0) % 23)
    parts.push(input.slice(at, at + length))
    at += length
  }
  return parts
}
