import type { TlsEvent } from '../../index.js'

/** One line for each thing that happens on the wire, `>` sent and `<` received. */
export function traceLine(event: TlsEvent): string | undefined {
  if (event.kind === 'crypto') return undefined
  const arrow = event.direction === 'sent' ? '>' : '<'
  const time = event.time.toFixed(1).padStart(9)
  switch (event.kind) {
    case 'record':
      return `${time} ${arrow}   record ${event.contentType}, ${event.length} bytes, ${event.epoch}`
    case 'message':
      return `${time} ${arrow} ${event.name}, ${event.bytes.length} bytes`
    case 'alert':
      return `${time} ${arrow} alert ${event.level} ${event.name}`
  }
}
