import type { Recipe } from './recipe.js'

/** What the fuzzer has found, and what we do since. */
export interface Regression {
  readonly found: string
  readonly recipe: Recipe
  /** Absent where we accept it. */
  readonly alert?: string
}

export const regressions: readonly Regression[] = [
  {
    found: "the version of a protected record's header was not authenticated, by the server",
    recipe: { under: 'server', flow: 'full', step: 'finished', bend: { kind: 'header', at: 1, value: 0 } },
    alert: 'bad_record_mac',
  },
  {
    found: "the version of a protected record's header was not authenticated, by the client",
    recipe: { under: 'client', flow: 'full', step: 'encrypted_extensions', bend: { kind: 'header', at: 2, value: 0 } },
    alert: 'bad_record_mac',
  },
  {
    found: 'a Finished of the length of a Certificate, in its place, was refused as too large',
    recipe: { under: 'client', flow: 'full', step: 'certificate', bend: { kind: 'number', at: 0, choice: 8 } },
    alert: 'unexpected_message',
  },
  {
    found: 'a status_request that is cut short was taken',
    recipe: {
      under: 'server',
      flow: 'full',
      step: 'client_hello',
      bend: { kind: 'extension', at: 0, type: 2, body: 2, to: 0 },
    },
    alert: 'decode_error',
  },
  {
    found: 'a signed_certificate_timestamp with a body was taken',
    recipe: {
      under: 'server',
      flow: 'full',
      step: 'client_hello',
      bend: { kind: 'extension', at: 0, type: 8, body: 1, to: 0 },
    },
    alert: 'decode_error',
  },
  {
    found: 'a user_canceled of level fatal ended the connection',
    recipe: {
      under: 'server',
      flow: 'external-psk',
      step: 'finished',
      bend: { kind: 'stray', type: 21, content: 8, count: 1, isProtected: false, within: false },
    },
  },
]
