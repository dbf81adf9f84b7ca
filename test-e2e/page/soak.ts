import { serveName, servingStatus, stopServing } from './serve-name.js'
import { closeClients, openClients, type SoakClients } from './soak-clients.js'
import { type Scenario, scenarios } from './soak-scenarios.js'
import type { SoakCounts, SoakTask } from './soak-task.js'

let clients: SoakClients | undefined
let lanes: readonly Promise<void>[] = []
let isStopping = false
let turn = 0
const done: Record<string, number> = {}
const failures: string[] = []

/** Serves its own name and opens the clients; the tunnel must be there. */
export async function prepareSoak(task: SoakTask): Promise<void> {
  const { caPem } = await serveName(task.reverse)
  clients = openClients(task, caPem)
}

/** Traffic of every kind in so many lanes, until it is paused. */
export function runSoak(laneCount: number): void {
  if (!clients) throw new Error('prepareSoak comes first')
  const prepared = clients
  isStopping = false
  lanes = Array.from({ length: laneCount }, () => lane(prepared))
}

/** Lets what has begun come to its end. */
export async function pauseSoak(): Promise<SoakCounts> {
  isStopping = true
  await Promise.all(lanes)
  lanes = []
  // the browser keeps 250 of them
  performance.clearResourceTimings()
  const { requests = 0, bytes = 0, connections = { made: 0, resumed: 0 } } = clients ?? {}
  const served = servingStatus().errors.slice(0, 20)
  return {
    done: { ...done },
    failures: [...failures, ...served.map((error) => `the server in the page: ${error}`)],
    requests,
    bytes,
    connections: { ...connections },
  }
}

/** Closes all that the page has open. */
export async function endSoak(): Promise<void> {
  if (clients) closeClients(clients)
  clients = undefined
  await stopServing()
}

async function lane(clients: SoakClients): Promise<void> {
  while (!isStopping) {
    const [name, scenario] = order[turn++ % order.length] as (typeof order)[number]
    try {
      await within(scenario(clients), scenarioMs)
      done[name] = (done[name] ?? 0) + 1
    } catch (error) {
      const { name: kind, message, cause } = error as Error
      const why = cause === undefined ? '' : `, because of ${String(cause)}`
      if (failures.length < maxFailures) failures.push(`${name}: ${kind}: ${message}${why}`)
    }
  }
}

/** A hang is a failure, too. */
async function within(promise: Promise<void>, milliseconds: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it took more than ${milliseconds} ms`)), milliseconds)
  })
  try {
    await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Each as often as its weight says, well mixed: a step that shares no divisor with the length meets all. */
const order: readonly (readonly [string, Scenario])[] = (() => {
  const all = Object.entries(scenarios).flatMap(([name, { run, weight }]) =>
    Array.from({ length: weight }, () => [name, run] as const),
  )
  const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))
  let step = Math.round(all.length * 0.618)
  while (gcd(step, all.length) !== 1) step++
  return all.map((_, index) => all[(index * step) % all.length] as (typeof all)[number])
})()
const maxFailures = 50
/** On a machine that does much else, 50 MB may take long. */
const scenarioMs = 180_000
