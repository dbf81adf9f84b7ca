/** What is wrong with an HTTP answer. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly code: 'malformed' | 'too_large' | 'incomplete'

  constructor(code: HttpError['code'], message: string) {
    super(message)
    this.code = code
  }
}
