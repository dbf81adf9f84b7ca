import { PassThrough, Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { CliIo } from '../../src/cli/io.js'
import { amount, transferProgress } from '../../src/cli/progress.js'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function terminal(isTTY: { readonly stdout: boolean; readonly stderr: boolean }) {
  const stderr = Object.assign(new PassThrough(), { isTTY: isTTY.stderr })
  const stdout = Object.assign(new PassThrough(), { isTTY: isTTY.stdout })
  const io: CliIo = { stdin: Readable.from([]), stdout, stderr, onInterrupt: () => () => undefined }
  return { io, shown: () => readAll(stderr) }
}

/** From Node 26 on one `read()` gives one chunk. */
function readAll(stream: PassThrough): string {
  let text = ''
  for (let chunk: unknown = stream.read(); chunk !== null; chunk = stream.read()) text += String(chunk)
  return text
}

describe('progress of a long transfer', () => {
  it('is shown on the terminal once a second while the data goes elsewhere, and cleared', () => {
    const { io, shown } = terminal({ stdout: false, stderr: true })
    const progress = transferProgress(io)
    progress.received(3_000_000)
    progress.sent(500)
    vi.advanceTimersByTime(999)
    expect(shown()).toBe('')
    vi.advanceTimersByTime(1001)
    expect(shown()).toContain('\r3.0 MB received, 500 B sent, 1.5 MB/s, 2 s')
    progress.end()
    expect(shown()).toBe('\r\u001b[K')
    vi.advanceTimersByTime(5000)
    expect(shown()).toBe('')
  })

  it.each([
    ['the terminal shows the data itself', { stdout: true, stderr: true }, true],
    ['there is no terminal', { stdout: false, stderr: false }, true],
    ['it was told to be quiet', { stdout: false, stderr: true }, false],
  ])('is not shown where %s', (_where, isTTY, isWanted) => {
    const { io, shown } = terminal(isTTY)
    const progress = transferProgress(io, isWanted)
    progress.received(1)
    vi.advanceTimersByTime(5000)
    progress.end()
    expect(shown()).toBe('')
  })

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1500, '1.5 kB'],
    [2_000_000_000_000, '2.0 TB'],
    [5e15, '5000.0 TB'],
  ])('%i bytes are %s', (bytes, text) => expect(amount(bytes)).toBe(text))
})
