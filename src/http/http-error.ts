/** What each code stands for, with the status that a server answers it with, when it can be answered at all. */
const statusByCode = {
  /** Not HTTP/1.1, or a message that two readers could understand differently: RFC 9112 section 11. */
  malformed: 400,
  /** The start line and the fields are more than the limits allow. */
  head_too_large: 431,
  /** The body, its chunks' framing or its trailers are more than the limits allow. */
  body_too_large: 413,
  /** The connection ended within a message. */
  incomplete: 400,
  /** A version other than HTTP/1.0 and HTTP/1.1. */
  unsupported_version: 505,
  /** A transfer coding other than `chunked`. */
  unsupported_coding: 501,
  /** It took longer than allowed. */
  timed_out: 408,
  /** The peer closed the connection before a byte of its answer. */
  no_response: undefined,
  /** More redirects than allowed, one that leads nowhere, or one while `redirect` is "error". */
  redirect_refused: undefined,
  /** The content coding is damaged, or not one that was asked for. */
  decoding_failed: undefined,
  /** The body of a request that was given does not have the length that was given with it. */
  body_mismatch: undefined,
  /** The caller asked for what cannot be done: a URL that is not https, a field that is not allowed. */
  invalid_argument: undefined,
} as const satisfies Record<string, number | undefined>

export type HttpErrorCode = keyof typeof statusByCode

/** A failure of HTTP, as TlsError is one of TLS. `code` is stable and meant for programs, `message` for people. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly code: HttpErrorCode
  /** What a server answers a request with that failed so; `undefined` for failures that only a client has. */
  readonly status: number | undefined

  constructor(code: HttpErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.status = statusByCode[code]
  }
}
