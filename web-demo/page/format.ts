/** `512 bytes`, `1.5 kB`, `50 MB`: powers of ten, as networks count. */
export function formatBytes(bytes: number): string {
  if (bytes === 1) return '1 byte'
  if (bytes < 1000) return `${bytes} bytes`
  const units = ['kB', 'MB', 'GB']
  let value = bytes / 1000
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${threeDigits(value)} ${units[unit]}`
}

export const formatSpeed = (bytes: number, milliseconds: number): string =>
  milliseconds > 0 ? `${formatBytes(Math.round((bytes / milliseconds) * 1000))}/s` : '–'

export function formatMilliseconds(milliseconds: number): string {
  if (milliseconds >= 1000) return `${threeDigits(milliseconds / 1000)} s`
  if (milliseconds < 0.05) return '< 0.1 ms'
  // clocks of pages are coarse, on purpose: more digits would be noise
  return milliseconds >= 99.95 ? `${Math.round(milliseconds)} ms` : `${milliseconds.toFixed(1)} ms`
}

const threeDigits = (value: number): string =>
  value >= 99.95 ? value.toFixed(0) : String(Number(value.toPrecision(3)))

export const formatDate = (date: Date): string => `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`

/** `in 30 days`, `3 days ago`. */
export function formatDistance(date: Date, now: Date): string {
  const days = Math.round((date.getTime() - now.getTime()) / 86_400_000)
  const count = Math.abs(days)
  const text = count === 1 ? '1 day' : `${count} days`
  if (count === 0) return 'today'
  return days > 0 ? `in ${text}` : `${text} ago`
}

/** `ab12…` as `AB:12:…`, as people compare fingerprints. */
export const formatFingerprint = (hex: string): string => (hex.toUpperCase().match(/../g) ?? []).join(':')

/** `client_hello` as `ClientHello`, as the RFC writes it. */
export const formatMessageName = (name: string): string =>
  name
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
