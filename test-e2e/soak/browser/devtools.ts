import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { chromiumArguments } from '../../browsers/chromium.js'
import { startProcess } from '../../support/server-process.js'

/** A page or worker that DevTools looks into. It is asked for nothing but what is called here: no copy of its traffic. */
export interface DevToolsTarget {
  /** Runs an expression and waits for what it promises. */
  evaluate<Result>(expression: string): Promise<Result>
  /** Bytes that JavaScript holds once its garbage is collected: objects, the browser's own of the page, and buffers. */
  heap(): Promise<number>
  /** Unhandled rejections and errors so far. */
  exceptions(): readonly string[]
}

export interface DevToolsBrowser {
  readonly version: string
  readonly pid: number
  /** The first target of this type whose URL begins so; waits for it. */
  attach(type: 'page' | 'service_worker', url: string): Promise<DevToolsTarget>
  stop(): Promise<void>
}

interface Message {
  readonly id?: number
  readonly sessionId?: string
  readonly method?: string
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

/** Chromium, driven by nothing but a few calls of the DevTools protocol. */
export async function startDevToolsBrowser(executablePath: string, url: string): Promise<DevToolsBrowser> {
  const profile = mkdtempSync(join(tmpdir(), 'webtls-soak-'))
  const flags = ['--headless=new', '--remote-debugging-port=0', `--user-data-dir=${profile}`, ...chromiumArguments()]
  const process = startProcess(executablePath, [...flags, ...unthrottled, url], { readyMilliseconds: 30_000 })
  const [, endpoint = ''] = await process.waitForOutput(/DevTools listening on (ws:\S+)/)
  const protocol = await connectProtocol(endpoint)
  const { product } = await protocol.send<{ product: string }>('Browser.getVersion')
  return {
    version: product,
    pid: process.pid,
    async attach(type, url) {
      for (const deadline = Date.now() + 20_000; ; await sleep(50)) {
        const { targetInfos } = await protocol.send<{ targetInfos: TargetInfo[] }>('Target.getTargets')
        const found = targetInfos.find((info) => info.type === type && info.url.startsWith(url))
        if (found) return await attach(protocol, found.targetId)
        if (Date.now() > deadline) throw new Error(`there is no ${type} at ${url}: ${JSON.stringify(targetInfos)}`)
      }
    },
    async stop() {
      protocol.close()
      await process.stop()
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
    },
  }
}

interface TargetInfo {
  readonly targetId: string
  readonly type: string
  readonly url: string
}

async function attach(protocol: Protocol, targetId: string): Promise<DevToolsTarget> {
  const { sessionId } = await protocol.send<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true })
  const exceptions = new Map<number, string>()
  protocol.listen(sessionId, (method, params) => {
    if (method === 'Runtime.exceptionThrown') {
      const { exceptionDetails } = params as { exceptionDetails: ExceptionDetails }
      exceptions.set(exceptionDetails.exceptionId, told(exceptionDetails))
    }
    // it was handled later
    if (method === 'Runtime.exceptionRevoked') exceptions.delete((params as { exceptionId: number }).exceptionId)
  })
  await protocol.send('Runtime.enable', {}, sessionId)
  return {
    async evaluate(expression) {
      const { result, exceptionDetails } = await protocol.send<{
        result: { value: never }
        exceptionDetails?: ExceptionDetails
      }>('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true }, sessionId)
      if (exceptionDetails) throw new Error(`in the page: ${told(exceptionDetails)}`)
      return result.value
    },
    async heap() {
      // the browser keeps the last thousand messages of its own, such as of each 404
      await protocol.send('Log.clear', {}, sessionId)
      await protocol.send('Runtime.discardConsoleEntries', {}, sessionId)
      // what finalizers let go of is collected the next time
      for (let round = 0; round < 3; round++) {
        await protocol.send('HeapProfiler.collectGarbage', {}, sessionId)
        await sleep(100)
      }
      const usage = await protocol.send<HeapUsage>('Runtime.getHeapUsage', {}, sessionId)
      return usage.usedSize + (usage.embedderHeapUsedSize ?? 0) + (usage.backingStorageSize ?? 0)
    },
    exceptions: () => [...exceptions.values()],
  }
}

interface HeapUsage {
  readonly usedSize: number
  readonly embedderHeapUsedSize?: number
  readonly backingStorageSize?: number
}

interface ExceptionDetails {
  readonly exceptionId: number
  readonly text: string
  readonly exception?: { readonly description?: string }
}

const told = ({ text, exception }: ExceptionDetails) => `${text} ${exception?.description ?? ''}`

interface Protocol {
  send<Result>(method: string, params?: object, sessionId?: string): Promise<Result>
  listen(sessionId: string, listener: (method: string, params: unknown) => void): void
  close(): void
}

async function connectProtocol(endpoint: string): Promise<Protocol> {
  const socket = new WebSocket(endpoint, { perMessageDeflate: false })
  await new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>()
  const listeners = new Map<string, (method: string, params: unknown) => void>()
  let count = 0
  socket.on('message', (data) => {
    const { id, sessionId, method, params, result, error } = JSON.parse(String(data)) as Message
    if (id === undefined) return listeners.get(sessionId ?? '')?.(method ?? '', params)
    const caller = waiting.get(id)
    waiting.delete(id)
    if (error) caller?.reject(new Error(error.message))
    else caller?.resolve(result)
  })
  socket.on('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('the browser is gone'))
    waiting.clear()
  })
  return {
    send: (method, params = {}, sessionId) =>
      new Promise((resolve, reject) => {
        const id = ++count
        waiting.set(id, { resolve: (result) => resolve(result as never), reject })
        socket.send(JSON.stringify({ id, method, params, ...(sessionId !== undefined && { sessionId }) }))
      }),
    listen: (sessionId, listener) => void listeners.set(sessionId, listener),
    close: () => socket.close(),
  }
}

/** A page that no one looks at is not to run slower. */
const unthrottled = [
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
]
