/** A command line that cannot be obeyed. Its message is all that the user needs; there is no stack to show. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
