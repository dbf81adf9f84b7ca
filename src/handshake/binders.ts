import type { Bytes } from '../wire/bytes.js'

/** A ClientHello up to its binders, which come last: what a binder signs (RFC 9846 section 4.3.11.2). */
export function withoutBinders(clientHello: Bytes, binders: readonly Bytes[]): Bytes {
  const length = binders.reduce((sum, binder) => sum + 1 + binder.length, 2)
  return clientHello.subarray(0, clientHello.length - length)
}
