import type { CliIo } from './io.js'

export interface Progress {
  sent(bytes: number): void
  received(bytes: number): void
  /** Clears the line. */
  end(): void
}

/**
 * How far a long transfer is, on a line of its own that is written again and again. Only for a terminal that does not
 * show the data itself, and only when it takes long.
 */
export function transferProgress(io: CliIo, isWanted = true): Progress {
  let sent = 0
  let received = 0
  let isShown = false
  const started = Date.now()
  const show = () => {
    const seconds = (Date.now() - started) / 1000
    const rate = (sent + received) / seconds
    isShown = true
    io.stderr.write(
      `\r${amount(received)} received, ${amount(sent)} sent, ${amount(rate)}/s, ${seconds.toFixed(0)} s\x1b[K`,
    )
  }
  const timer = isWanted && io.stderr.isTTY && !io.stdout.isTTY ? setInterval(show, 1000) : undefined
  timer?.unref()
  return {
    sent(bytes) {
      sent += bytes
    },
    received(bytes) {
      received += bytes
    },
    end() {
      clearInterval(timer)
      if (isShown) io.stderr.write('\r\x1b[K')
    },
  }
}

/** `1.5 MB`, in powers of ten. */
export function amount(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}
