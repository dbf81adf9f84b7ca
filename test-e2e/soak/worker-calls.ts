import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** Functions of another process, by name; what they take and give goes through IPC as structured clones. */
export interface Worker<Calls> {
  call<Name extends keyof Calls & string>(name: Name, argument: Argument<Calls[Name]>): Promise<Result<Calls[Name]>>
  stop(): Promise<void>
}

type Argument<Call> = Call extends (argument: infer T) => unknown ? T : never
type Result<Call> = Call extends (argument: never) => Promise<infer T> ? T : never

interface Request {
  readonly id: number
  readonly name: string
  readonly argument: unknown
}
type Answer = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: string }

/** A process that can be told to collect its garbage, running a file of this folder that ends in `answerCalls`. */
export function startWorker<Calls>(file: string): Worker<Calls> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
    execArgv: ['--expose-gc', '--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href],
    serialization: 'advanced',
  })
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  let count = 0
  child.on('message', (answer: Answer) => {
    const caller = waiting.get(answer.id)
    waiting.delete(answer.id)
    if ('error' in answer) caller?.reject(new Error(`${file}: ${answer.error}`))
    else caller?.resolve(answer.value)
  })
  child.once('exit', (code, signal) => {
    for (const { reject } of waiting.values()) reject(new Error(`${file} ended with ${code ?? signal}`))
    waiting.clear()
  })
  return {
    call: (name, argument) =>
      new Promise((resolve, reject) => {
        const id = ++count
        waiting.set(id, { resolve: (value) => resolve(value as never), reject })
        child.send({ id, name, argument } satisfies Request)
      }),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** The other side. It ends with the process that started it. */
export function answerCalls(calls: { readonly [name: string]: (argument: never) => Promise<unknown> }): void {
  process.on('message', async ({ id, name, argument }: Request) => {
    try {
      const call = calls[name]
      if (!call) throw new Error(`there is no ${name}`)
      process.send?.({ id, value: await call(argument as never) } satisfies Answer)
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? String(error.stack) : String(error) } satisfies Answer)
    }
  })
  process.once('disconnect', () => process.exit())
}
