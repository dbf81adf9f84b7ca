import { createFetch, type TlsFetch } from '../../src/fetch.js'
import { MemorySessionStore, type TlsSocketInfo } from '../../src/index.js'
import { dialWebSocketRelay } from '../../src/websocket.js'
import { explain } from '../page/advice.js'
import { byId, h } from '../page/dom.js'
import { formatBytes, formatMilliseconds } from '../page/format.js'
import { loadConfig } from '../page/load-config.js'
import type { DemoConfig } from '../server/demo-config.js'
import { failureView } from '../views/failure.js'

const maxRows = 20
/** A body is read to its end; so much of it is kept to be shown. */
const previewBytes = 16_000

const form = byId('form', HTMLFormElement)
const urlField = byId('url', HTMLInputElement)
const fetchButton = byId('fetch', HTMLButtonElement)
const reconnectButton = byId('reconnect', HTMLButtonElement)
const statusLine = byId('status', HTMLElement)
const path = byId('path', HTMLElement)
const responseArea = byId('response', HTMLElement)
const failureArea = byId('failure', HTMLElement)

let opened: TlsSocketInfo | undefined
let running: AbortController | undefined

const config = await loadConfig()
if (config === undefined) tell('failed', 'This page needs the relay and the server of "npm run demo".')
else begin(config)
document.documentElement.dataset.ready = 'true'

function begin(config: DemoConfig): void {
  const { host, port } = config.target
  const sessionStore = new MemorySessionStore()
  const open = () =>
    createFetch({
      dial: ({ host, port, signal }) => dialWebSocketRelay(config.relayUrl, { host, port, signal }),
      tls: { trustAnchors: config.trustPem, sessionStore },
      onConnection(_origin, info) {
        opened = info
      },
    })
  let tlsFetch = open()

  byId('path-server', HTMLElement).textContent = `${host}, which knows nothing of this`
  urlField.value = `https://${host}:${port}/`
  const tries: readonly (readonly [label: string, url: string, isBad?: true])[] = [
    ['The server’s page', `https://${host}:${port}/`],
    ['What it sees of a request', `https://${host}:${port}/echo`],
    ['20 MB', `https://${host}:${port}/download?mb=20`],
    ['A stream', `https://${host}:${port}/stream`],
    ['An impostor', `https://${config.wrongName}:${port}/`, true],
    ['A changed bit', `https://${host}:${config.tamperedPort}/download?mb=1`, true],
    ['Not allowed by the relay', `https://${config.refusedTarget.host}:${config.refusedTarget.port}/`, true],
  ]
  for (const [label, url, isBad] of tries) {
    const chip = h('button', { type: 'button', class: isBad ? 'chip bad' : 'chip' }, label)
    chip.addEventListener('click', () => {
      if (running) return
      urlField.value = url
      void run(tlsFetch)
    })
    byId('chips', HTMLElement).append(chip)
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (running) running.abort()
    else void run(tlsFetch)
  })
  reconnectButton.addEventListener('click', () => {
    tlsFetch.close()
    // the tickets are in the store, which the next one has too
    tlsFetch = open()
    reconnectButton.disabled = true
    tell('idle', 'The connection is closed; its tickets are kept.')
  })
  fetchButton.disabled = false
}

async function run(tlsFetch: TlsFetch): Promise<void> {
  const aborting = new AbortController()
  const began = performance.now()
  const url = urlField.value.trim()
  running = aborting
  opened = undefined
  setRunning(true)
  failureArea.replaceChildren()
  responseArea.replaceChildren(h('p', { class: 'muted' }, 'Waiting …'))
  tell('busy', `Fetching ${url} …`)
  try {
    const response = await tlsFetch(url, { signal: aborting.signal })
    const size = h('p', { 'data-testid': 'response-size' })
    const text = h('pre', { class: 'text', tabindex: 0, 'data-testid': 'response-body', hidden: true })
    responseArea.replaceChildren(...headView(response), size, h('div', { class: 'preview' }, text))
    const bytes = await readBody(response, size, text)
    addRow(url, String(response.status), performance.now() - began)
    tell('done', `${response.status} ${response.statusText}, ${formatBytes(bytes)}. ${connectionSentence()}`)
  } catch (error) {
    if (aborting.signal.aborted) tell('idle', 'Stopped.')
    else fail(url, error, performance.now() - began)
  } finally {
    running = undefined
    setRunning(false)
  }
}

async function readBody(response: Response, size: HTMLElement, text: HTMLElement): Promise<number> {
  const isText = /^(text\/|application\/json|image\/svg)/.test(response.headers.get('content-type') ?? '')
  const decoder = new TextDecoder()
  let received = 0
  for (const reader = response.body?.getReader(); reader; ) {
    const { done, value } = await reader.read()
    if (done) break
    if (isText && received < previewBytes) {
      text.append(decoder.decode(value.subarray(0, previewBytes - received), { stream: true }))
      text.hidden = false
    }
    received += value.length
    size.textContent = formatBytes(received)
  }
  return received
}

function headView(response: Response): HTMLElement[] {
  const fields = [...response.headers]
  return [
    h(
      'p',
      {
        class: 'status-line',
        'data-testid': 'response-status',
        'data-class': `${Math.floor(response.status / 100)}xx`,
      },
      h('b', {}, String(response.status)),
      ` ${response.statusText}`,
    ),
    h(
      'dl',
      { class: 'headers-list', 'data-testid': 'response-headers' },
      ...fields.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', { class: 'mono' }, value))),
    ),
  ]
}

function fail(url: string, error: unknown, milliseconds: number): void {
  // fetch rejects with a TypeError, whose cause says what it was
  const failure = explain(error instanceof TypeError && error.cause !== undefined ? error.cause : error)
  responseArea.replaceChildren(h('p', { class: 'muted' }, 'None.'))
  addRow(url, 'failed', milliseconds)
  failureArea.replaceChildren(failureView(failure))
  tell('failed', failure.title)
}

function addRow(url: string, status: string, milliseconds: number): void {
  const isGood = status.startsWith('2')
  const how = opened ? (opened.resumed ? 'new, resumed' : 'new, full handshake') : status === 'failed' ? 'none' : 'kept'
  const rows = byId('rows', HTMLElement)
  rows.prepend(
    h(
      'tr',
      { 'data-testid': 'row' },
      h('td', {}, shortened(url)),
      h('td', { class: isGood ? 'good' : 'bad' }, status),
      h('td', { class: how === 'kept' || how === 'new, resumed' ? 'good' : undefined }, how),
      h('td', {}, formatMilliseconds(milliseconds)),
    ),
  )
  while (rows.childElementCount > maxRows) rows.lastElementChild?.remove()
  if (opened) byId('agreed', HTMLElement).textContent = `Last handshake: ${opened.cipherSuite}, ${opened.group}.`
}

function connectionSentence(): string {
  if (opened === undefined) return 'Over the connection that was kept: no handshake.'
  return opened.resumed ? 'Over a new connection, which resumed the session.' : 'Over a new connection, full handshake.'
}

/** A request to the demo's own server is known by its path. */
function shortened(url: string): string {
  try {
    const { host, pathname, search } = new URL(url)
    return host === `${config?.target.host}:${config?.target.port}` ? pathname + search : host + pathname + search
  } catch {
    return url
  }
}

function setRunning(isRunning: boolean): void {
  fetchButton.textContent = isRunning ? 'Stop' : 'Fetch'
  fetchButton.dataset.running = String(isRunning)
  reconnectButton.disabled = isRunning
}

function tell(state: 'idle' | 'busy' | 'done' | 'failed', text: string): void {
  statusLine.dataset.state = state
  path.dataset.state = state
  statusLine.textContent = text
}
