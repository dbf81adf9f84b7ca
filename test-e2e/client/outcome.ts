import { TlsError } from '../../src/errors/tls-error.js'

/** What came of an attempt, as JSON: it goes from a page to a test. */
export type Outcome<Value> = { readonly ok: Value } | { readonly failed: Failure }

export interface Failure {
  readonly name: string
  readonly message: string
  /** Of a TlsError. */
  readonly code: string | undefined
  readonly category: string | undefined
  readonly alert: string | undefined
  /** The code of the cause: why a relay refused. */
  readonly reason: string | undefined
}

export async function outcomeOf<Value>(attempt: () => Promise<Value>): Promise<Outcome<Value>> {
  try {
    return { ok: await attempt() }
  } catch (error) {
    return { failed: describeFailure(error) }
  }
}

export function describeFailure(error: unknown): Failure {
  const isTlsError = error instanceof TlsError
  return {
    name: error instanceof Error ? error.name : typeof error,
    message: error instanceof Error ? error.message : String(error),
    code: isTlsError ? error.code : undefined,
    category: isTlsError ? error.category : undefined,
    alert: isTlsError ? error.alert : undefined,
    reason: error instanceof Error ? (error.cause as { code?: string } | undefined)?.code : undefined,
  }
}
