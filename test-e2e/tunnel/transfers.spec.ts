import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { startNginxServer } from '../support/nginx-server.js'
import { testPki } from '../support/pki.js'
import { descendantsMemory } from '../support/process-memory.js'
import { missingTool } from '../support/tools.js'
import { expect, test } from './fixtures.js'

const megabyte = 1024 * 1024

test('200 MB do not sit in memory, and are what the server has', async ({ tunnel }) => {
  const missing = missingTool('nginx')
  test.skip(Boolean(missing), String(missing))
  const folder = mkdtempSync(join(tmpdir(), 'webtls-large-'))
  const file = openSync(join(folder, 'large.bin'), 'w')
  // each megabyte says its number, over and over
  for (let number = 0; number < 200; number++) {
    writeSync(file, new Uint8Array(new Uint32Array(megabyte / 4).fill(number).buffer))
  }
  closeSync(file)
  const nginx = await startNginxServer({ credentials: testPki().leaf.rsa2048, folder })
  try {
    const page = await tunnel(nginx)
    await page.evaluate(async () => await (await fetch('/site/large.bin', { headers: { range: 'bytes=0-99' } })).text())
    const before = descendantsMemory(process.pid)
    const samples: number[] = []
    const sampling = setInterval(() => {
      samples.push((descendantsMemory(process.pid) ?? 0) - (before ?? 0))
    }, 200)
    const seen = await page.evaluate(async () => {
      const reader = (await fetch('/site/large.bin')).body?.getReader()
      let length = 0
      let wrong = 0
      for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
        // the first byte of each word of 4 is the number
        for (let at = (4 - (length % 4)) % 4; at < next.value.length; at += 4) {
          if (next.value[at] !== Math.floor((length + at) / 1048576)) wrong++
        }
        length += next.value.length
      }
      return { length, wrong }
    })
    clearInterval(sampling)
    expect(seen).toEqual({ length: 200 * megabyte, wrong: 0 })
    // what is garbage comes and goes; what was kept would still be there near the end
    const late = samples.slice(Math.floor(samples.length / 2))
    if (before !== undefined) expect(Math.min(...late), 'bytes of memory more than before').toBeLessThan(90 * megabyte)
  } finally {
    await nginx.stop()
    rmSync(folder, { recursive: true })
  }
})

/** Sends without end, and counts. */
function endless() {
  const seen = { sent: 0, closed: false }
  const listener: RequestListener = (_, response) => {
    response.on('close', () => {
      seen.closed = true
    })
    response.writeHead(200, { 'content-length': 10_000_000_000 })
    const block = Buffer.alloc(64 * 1024, 'x')
    new Readable({
      read() {
        seen.sent += block.length
        this.push(block)
      },
    }).pipe(response)
  }
  return { seen, listener }
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

test('a reader who stops, stops the server; one who goes away ends its connection', async ({ tunnel, webServer }) => {
  const { seen, listener } = endless()
  const page = await tunnel(await webServer(listener))
  await page.evaluate(async () => {
    const reader = (await fetch('/site/endless')).body?.getReader()
    await reader?.read()
    Object.assign(window, { reader })
  })
  let before = -1
  await expect
    .poll(
      async () => {
        const sentMeanwhile = seen.sent - before
        before = seen.sent
        await pause(1000)
        return sentMeanwhile
      },
      { timeout: 30_000, message: 'bytes sent while nobody reads' },
    )
    .toBe(0)
  // Chromium alone takes up to 60 MB of a worker's response ahead of its page; the rest are the buffers of the kernel
  expect(seen.sent).toBeLessThan(120 * megabyte)
  await page.evaluate(async () => {
    const { reader } = window as unknown as { reader: ReadableStreamDefaultReader<Uint8Array> }
    for (let length = 0; length < 150_000_000; length += (await reader.read()).value?.length ?? 0);
    await reader.cancel()
  })
  expect(seen.sent).toBeGreaterThan(150_000_000)
  await expect.poll(() => seen.closed).toBe(true)
})

test('an abort ends the request for the page at once, and its connection', async ({ tunnel, webServer }) => {
  const { seen, listener } = endless()
  let isSilentClosed = false
  let speak: () => void = () => undefined
  const server = await webServer((request, response) => {
    if (request.url !== '/silent') return listener(request, response)
    response.on('close', () => {
      isSilentClosed = true
    })
    speak = () => listener(request, response)
  })
  const page = await tunnel(server)
  const names = await page.evaluate(async () => {
    const nameOf = (error: unknown) => (error as Error).name
    const within = new AbortController()
    const response = await fetch('/site/endless', { signal: within.signal })
    const reading = response.arrayBuffer().catch(nameOf)
    setTimeout(() => within.abort(), 100)
    const before = await fetch('/site/silent', { signal: AbortSignal.timeout(300) }).catch(nameOf)
    return [await reading, before]
  })
  expect(names).toEqual(['AbortError', 'TimeoutError'])
  await expect.poll(() => seen.closed).toBe(true)
  // Chromium tells a worker of an abort only when its answer comes: until then the server, or a time limit, decides
  speak()
  await expect.poll(() => isSilentClosed).toBe(true)
})

test('an upload streams: the server has the beginning before the end exists', async ({ tunnel, webServer }) => {
  const received: string[] = []
  const server = await webServer((request, response) => {
    request.on('data', (data: Buffer) => received.push(String(data)))
    request.on('end', () => response.end(received.join('')))
  })
  const page = await tunnel(server)
  await page.evaluate(() => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const answer = fetch('/site/', { method: 'POST', body: readable, duplex: 'half' } as RequestInit).then((response) =>
      response.text(),
    )
    const writer = writable.getWriter()
    writer.write(new TextEncoder().encode('first,')).catch(() => undefined)
    Object.assign(window, { answer, writer })
  })
  await expect.poll(() => received.join('')).toBe('first,')
  const answer = await page.evaluate(async () => {
    const { writer, answer } = window as unknown as {
      writer: WritableStreamDefaultWriter<Uint8Array>
      answer: Promise<string>
    }
    await writer.write(new TextEncoder().encode('second'))
    await writer.close()
    return await answer
  })
  expect(answer).toBe('first,second')
})

test('media can be sought: the browser asks for ranges', async ({ tunnel, webServer }) => {
  const sound = wave(60)
  const ranges: string[] = []
  const server = await webServer((request, response) => {
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
    const start = Number(range?.[1] ?? 0)
    const end = range?.[2] ? Number(range[2]) : sound.length - 1
    if (range) ranges.push(range[0])
    response.writeHead(range ? 206 : 200, {
      'content-type': 'audio/wav',
      'accept-ranges': 'bytes',
      'content-length': end - start + 1,
      ...(range && { 'content-range': `bytes ${start}-${end}/${sound.length}` }),
    })
    // slowly, so that what is sought is not there yet
    const body = sound.subarray(start, end + 1)
    let at = 0
    const timer = setInterval(() => {
      if (at >= body.length || response.destroyed) {
        clearInterval(timer)
        response.end()
      } else response.write(body.subarray(at, at + 64 * 1024))
      at += 64 * 1024
    }, 20)
  })
  const page = await tunnel(server)
  const seen = await page.evaluate(async () => {
    const video = document.createElement('video')
    const event = (name: string) =>
      new Promise((resolve, reject) => {
        video.addEventListener(name, resolve, { once: true })
        video.addEventListener('error', () => reject(new Error(video.error?.message)), { once: true })
      })
    const ready = event('canplay')
    video.src = '/site/sound.wav'
    document.body.append(video)
    await ready
    const sought = event('seeked')
    video.currentTime = 50
    await sought
    const seen = { duration: video.duration, at: video.currentTime }
    video.removeAttribute('src')
    video.load()
    return seen
  })
  expect(seen).toEqual({ duration: 60, at: 50 })
  const starts = ranges.map((range) => Number(/\d+/.exec(range)?.[0]))
  expect(Math.max(...starts)).toBeGreaterThan(sound.length / 2)
})

/** A sound of so many seconds, of 96 000 bytes each. */
function wave(seconds: number): Buffer {
  const rate = 48_000
  const data = Buffer.alloc(seconds * rate * 2)
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + data.length, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(rate, 24)
  header.writeUInt32LE(rate * 2, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(data.length, 40)
  return Buffer.concat([header, data])
}
