import { registerTunnel } from '../../src/service-worker.js'
import { byId, h } from '../page/dom.js'
import { formatBytes, formatSpeed } from '../page/format.js'
import type { DemoConfig } from '../server/demo-config.js'
import type { WorkerConnection, WorkerTask } from './worker.js'
import workerUrl from './worker.ts?worker&url'

const status = byId('status', HTMLElement)
const path = byId('path', HTMLElement)
const pathField = byId('request-path', HTMLInputElement)
const frame = byId('frame', HTMLIFrameElement)
const image = byId('image', HTMLImageElement)
const progress = byId('progress', HTMLProgressElement)
const download = byId('download', HTMLElement)
const startButton = byId('start', HTMLButtonElement)
const pauseButton = byId('pause', HTMLButtonElement)
const abortButton = byId('abort', HTMLButtonElement)
const openButton = byId('open', HTMLButtonElement)

/** Folders of this page that stand for servers: those of the worker's rules. */
const folders = { site: 'site/', impostor: 'impostor/', tampered: 'tampered/', refused: 'refused/' }
/** Long enough to reach the bit that is changed on the way. */
const changedBit = `${folders.tampered}download?mb=1`

try {
  await begin()
} catch (error) {
  say('failed', error instanceof Error ? error.message : String(error))
}
document.documentElement.dataset.ready = 'true'

async function begin(): Promise<void> {
  const config = await loadConfig()
  byId('path-server', HTMLElement).textContent = `${config.target.host}, which knows nothing of this`
  const folder = new URL('.', location.href).pathname
  const server = (host: string, port: number) => `https://${host}:${port}`
  const { host, port } = config.target
  const task: WorkerTask = {
    relay: config.relayUrl,
    trustAnchors: config.trustPem,
    rules: [
      { prefix: folder + folders.site, origin: server(host, port) },
      { prefix: folder + folders.impostor, origin: server(config.wrongName, port) },
      { prefix: folder + folders.tampered, origin: server(host, config.tamperedPort) },
      { prefix: folder + folders.refused, origin: server(config.refusedTarget.host, config.refusedTarget.port) },
    ],
  }
  const script = new URL(workerUrl, location.href)
  script.searchParams.set('task', JSON.stringify(task))
  await registerTunnel(script, {
    type: import.meta.env.DEV ? 'module' : 'classic',
    scope: folder,
    onError: ({ detail }) => say('failed', `A response was cut off: ${detail}`),
  })
  say('done', 'The worker is there: what this page asks of its folders goes through the tunnel.')
  path.dataset.state = 'done'
  addChips()
  for (const button of [openButton, startButton]) button.disabled = false
  open('')
  image.src = `${folders.site}picture.svg`
  image.hidden = false
}

async function loadConfig(): Promise<DemoConfig> {
  const response = await fetch('../demo/config.json').catch(() => undefined)
  const isJson = response?.headers.get('content-type')?.startsWith('application/json')
  if (!response?.ok || !isJson) throw new Error('This page needs the relay and the server of "npm run demo".')
  return (await response.json()) as DemoConfig
}

function addChips(): void {
  const tries: readonly (readonly [label: string, url: string, isBad?: true])[] = [
    ['The server’s page', folders.site],
    ['What it sees of a request', `${folders.site}echo`],
    ['A page that is not there', `${folders.site}nothing`],
    ['An impostor', folders.impostor, true],
    ['A changed bit', changedBit, true],
    ['Not allowed by the relay', folders.refused, true],
  ]
  for (const [label, url, isBad] of tries) {
    const chip = h('button', { type: 'button', class: isBad ? 'chip bad' : 'chip' }, label)
    chip.addEventListener('click', () => (url === changedBit ? void fetchChanged() : show(url)))
    byId('chips', HTMLElement).append(chip)
  }
}

byId('form', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault()
  open(pathField.value.replace(/^\//, ''))
})

function open(rest: string): void {
  show(folders.site + rest)
}

function show(url: string): void {
  say('busy', `Asking for ${url} …`)
  byId('frame-url', HTMLElement).textContent = `<iframe src="${url}">`
  frame.src = url
}

/** No frame shows a body that is cut off in its midst: a script that reads it learns of it. */
async function fetchChanged(): Promise<void> {
  say('busy', `Fetching ${changedBit} …`)
  try {
    await (await fetch(changedBit)).arrayBuffer()
    say('done', 'Fetched through the tunnel.')
  } catch (error) {
    // unless the worker has told why already
    if (status.dataset.state === 'busy') say('failed', `A response was cut off: ${error}`)
  }
}

frame.addEventListener('load', () => {
  if (frame.getAttribute('src') === null) return
  const heading = frame.contentDocument?.querySelector('h1')?.textContent
  const isProblem = heading === 'This page could not be fetched'
  say(
    isProblem ? 'failed' : 'done',
    isProblem ? 'It did not work, and the frame says why.' : 'Fetched through the tunnel.',
  )
  void showConnections()
})
image.addEventListener('load', () => void showConnections())

let wake: (() => void) | undefined
let isPaused = false
startButton.addEventListener('click', () => void run())
pauseButton.addEventListener('click', () => {
  isPaused = !isPaused
  pauseButton.textContent = isPaused ? 'Go on' : 'Pause'
  if (!isPaused) wake?.()
})

async function run(): Promise<void> {
  const aborting = new AbortController()
  abortButton.onclick = () => {
    aborting.abort()
    wake?.()
  }
  startButton.disabled = true
  for (const button of [pauseButton, abortButton]) button.disabled = false
  const began = performance.now()
  try {
    const response = await fetch(`${folders.site}download?mb=50`, { signal: aborting.signal })
    const problem = response.headers.get('webtls-error')
    if (problem !== null) throw new Error(`${problem}: ${(await response.json()).detail}`)
    const length = Number(response.headers.get('content-length'))
    let received = 0
    for (const reader = response.body?.getReader(); reader; ) {
      if (isPaused) await new Promise<void>((resolve) => (wake = resolve))
      const { done, value } = await reader.read()
      if (done) break
      received += value.length
      progress.value = received / length
      download.textContent = `${formatBytes(received)} of ${formatBytes(length)}`
    }
    download.textContent = `${formatBytes(received)}, ${formatSpeed(received, performance.now() - began)}; nothing of it was kept.`
  } catch (error) {
    download.textContent = aborting.signal.aborted ? 'Aborted.' : String(error)
  } finally {
    startButton.disabled = false
    isPaused = false
    pauseButton.textContent = 'Pause'
    for (const button of [pauseButton, abortButton]) button.disabled = true
    void showConnections()
  }
}

async function showConnections(): Promise<void> {
  const { port1, port2 } = new MessageChannel()
  const answer = new Promise<readonly WorkerConnection[]>((resolve) => {
    port1.onmessage = ({ data }) => resolve(data)
  })
  navigator.serviceWorker.controller?.postMessage('connections', [port2])
  const rows = (await answer).map(({ origin, cipherSuite, group, resumed }) =>
    h(
      'tr',
      {},
      h('td', {}, origin.replace('https://', '')),
      h('td', {}, cipherSuite),
      h('td', {}, group),
      h('td', { class: resumed ? 'good' : undefined }, resumed ? 'resumed' : 'full'),
    ),
  )
  byId('connections', HTMLElement).replaceChildren(...rows)
}

function say(state: 'busy' | 'done' | 'failed', text: string): void {
  status.dataset.state = state
  status.textContent = text
}
