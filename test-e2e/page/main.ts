import { registerTunnel } from '../../src/service-worker.js'
import { type Outcome, outcomeOf } from '../client/outcome.js'
import { connect } from './connect.js'
import { type ContextReport, type ContextTask, serveOnPorts, serveTab, talkToContext } from './contexts.js'
import { observePairs } from './pairwise.js'
import { type ServeReport, type ServeTask, serveName, servingStatus, stopServing } from './serve-name.js'
import { endSoak, pauseSoak, prepareSoak, runSoak } from './soak.js'
import { readAndStall, sendThenReceive, writeUntilFull } from './streams.js'
import type { ConnectReport, ConnectTask } from './task.js'

/** What the tests call in a page. */
export interface WebtlsTest {
  connect(task: ConnectTask): Promise<Outcome<ConnectReport>>
  readonly observePairs: typeof observePairs
  readonly sendThenReceive: typeof sendThenReceive
  readonly readAndStall: typeof readAndStall
  readonly writeUntilFull: typeof writeUntilFull
  talkToContext(task: ContextTask): Promise<Outcome<ContextReport>>
  readonly serveTab: typeof serveTab
  readonly registerTunnel: typeof registerTunnel
  serveName(task: ServeTask): Promise<Outcome<ServeReport>>
  readonly servingStatus: typeof servingStatus
  readonly stopServing: typeof stopServing
  readonly prepareSoak: typeof prepareSoak
  readonly runSoak: typeof runSoak
  readonly pauseSoak: typeof pauseSoak
  readonly endSoak: typeof endSoak
  /** Unhandled rejections and errors of the page since it was loaded. */
  readonly failures: readonly string[]
}

declare global {
  interface Window {
    webtlsTest: WebtlsTest
  }
}

const failures: string[] = []
window.addEventListener('unhandledrejection', (event) => {
  failures.push(`unhandled rejection: ${String(event.reason)}`)
})
window.addEventListener('error', (event) => {
  failures.push(`error: ${event.message}`)
})

window.webtlsTest = {
  connect: (task) => outcomeOf(() => connect(task)),
  observePairs,
  sendThenReceive,
  readAndStall,
  writeUntilFull,
  talkToContext: (task) => outcomeOf(() => talkToContext(task)),
  serveTab,
  registerTunnel,
  serveName: (task) => outcomeOf(() => serveName(task)),
  servingStatus,
  stopServing,
  prepareSoak,
  runSoak,
  pauseSoak,
  endSoak,
  failures,
}
serveOnPorts()
