import { AlertDescription } from '../../src/errors/alert-description.js'

/** IANA's name of an alert. */
export function alertName(code: number): string {
  const found = Object.entries(AlertDescription).find(([, value]) => value === code)
  return found?.[0] ?? `alert ${code}`
}
