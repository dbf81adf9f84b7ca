/** Shows the failure of a callback: it is the callback's own, and must not end what called it. */
export function reportError(error: unknown, callback: string): void {
  const report = (globalThis as { reportError?: (error: unknown) => void }).reportError
  if (report) report(error)
  else console.error(`webtls: ${callback} threw`, error)
}
