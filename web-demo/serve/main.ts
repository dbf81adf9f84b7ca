import type { HttpResponseEvent } from '../../src/http.js'
import type { RelayListenerStatus } from '../../src/websocket.js'
import { explain } from '../page/advice.js'
import { byId, copyButton, h } from '../page/dom.js'
import { formatBytes, formatMilliseconds } from '../page/format.js'
import { loadConfig } from '../page/load-config.js'
import { answers } from './answers.js'
import { SharedFiles } from './shared-files.js'
import { startTabServer, type TabServer } from './tab-server.js'

const nameKey = 'webtls-demo-name'
const maxRows = 50

const config = await loadConfig()
const files = new SharedFiles()
const nameField = byId('name', HTMLInputElement)
const relayField = byId('relay', HTMLInputElement)
const tokenField = byId('token', HTMLInputElement)
const keepField = byId('keep', HTMLInputElement)
const fileField = byId('file', HTMLInputElement)
const serveButton = byId('serve', HTMLButtonElement)
const statusLine = byId('status', HTMLElement)
const path = byId('path', HTMLElement)
let running: TabServer | undefined
let isBusy = false
let total = 0

const suffix = config?.serving?.suffix ?? 'example.com'
nameField.value = rememberedName() ?? `tab-${Math.random().toString(36).slice(2, 6)}.${suffix}`
relayField.value = config?.relayUrl ?? ''
tokenField.value = config?.serving?.token ?? ''
byId('options', HTMLDetailsElement).open = config?.serving === undefined
byId('copy-curl', HTMLElement).append(copyButton('Copy', () => byId('curl', HTMLElement).textContent ?? ''))

byId('form', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault()
  if (isBusy) return
  void (running ? stop(running) : start())
})
fileField.addEventListener('change', () => {
  for (const file of fileField.files ?? []) files.add(file)
  fileField.value = ''
  showFiles()
})
setInterval(showConnections, 250)
document.documentElement.dataset.ready = 'true'

async function start(): Promise<void> {
  isBusy = true
  byId('failure', HTMLElement).replaceChildren()
  tell('busy', 'Making a key, getting a certificate, registering the name …')
  try {
    const name = nameField.value.trim().toLowerCase()
    const server = await startTabServer({
      relayUrl: relayField.value.trim(),
      name,
      token: tokenField.value,
      isKept: keepField.checked,
      handler: answers(files),
      onStatus: showStatus,
      onResponse: showRequest,
    })
    running = server
    if (keepField.checked) localStorage.setItem(nameKey, name)
    else localStorage.removeItem(nameKey)
    server.finished.catch((error) => fail(error)).finally(() => ended(server))
    serveButton.textContent = 'Stop'
    serveButton.dataset.running = 'true'
    nameField.disabled = true
    showVisit(server)
    showFiles()
    showStatus('listening')
  } catch (error) {
    fail(error)
  } finally {
    isBusy = false
  }
}

async function stop(server: TabServer): Promise<void> {
  isBusy = true
  tell('busy', 'Letting the last requests end …')
  await server.close()
  tell('idle', 'Nothing is served any more.')
  isBusy = false
}

function ended(server: TabServer): void {
  if (running !== server) return
  running = undefined
  serveButton.textContent = 'Serve'
  delete serveButton.dataset.running
  nameField.disabled = false
  byId('visit-section', HTMLElement).hidden = true
  byId('welcome', HTMLElement).hidden = false
  showFiles()
}

function showStatus(status: RelayListenerStatus): void {
  if (running === undefined) return
  const origin = originOf(running)
  if (status === 'listening') {
    const key = running.wasKept ? 'the key that was kept' : 'a key made in this tab'
    tell('done', `${origin} is answered by this tab, with ${key}. The relay can read none of it.`)
  }
  if (status === 'reconnecting') tell('busy', 'The relay is away. Registering the name again …')
}

function fail(error: unknown): void {
  const { title, meaning, advice } = explain(error)
  tell('failed', title)
  byId('failure', HTMLElement).replaceChildren(
    h(
      'section',
      { class: 'failure', 'data-testid': 'failure' },
      h('h2', {}, title),
      h('p', {}, meaning),
      h('div', { class: 'advice' }, h('ul', {}, ...advice.map((text) => h('li', {}, text)))),
    ),
  )
}

function showVisit(server: TabServer): void {
  const origin = originOf(server)
  const caFile = `${server.name}-ca.pem`
  const ca = byId('ca', HTMLAnchorElement)
  URL.revokeObjectURL(ca.href)
  ca.href = URL.createObjectURL(new Blob([server.caPem], { type: 'application/x-pem-file' }))
  ca.download = caFile
  byId('curl', HTMLElement).textContent = `curl --cacert ${caFile} ${origin}/`
  const link = byId('link', HTMLAnchorElement)
  link.href = `${origin}/`
  link.textContent = `${origin}/`
  byId('welcome', HTMLElement).hidden = true
  byId('visit-section', HTMLElement).hidden = false
  byId('requests-section', HTMLElement).hidden = false
}

function showFiles(): void {
  const origin = running && originOf(running)
  const items = files.entries().map(([place, { name, size }]) => {
    const remove = h('button', { type: 'button', class: 'quiet', 'aria-label': `Stop sharing ${name}` }, 'Remove')
    remove.addEventListener('click', () => {
      files.remove(place)
      showFiles()
    })
    const label = origin
      ? h('a', { href: origin + place, target: '_blank', rel: 'noopener', title: origin + place }, name)
      : h('span', {}, name)
    return h('li', {}, label, h('span', { class: 'muted' }, formatBytes(size)), remove)
  })
  byId('files', HTMLElement).replaceChildren(...items)
}

function showRequest({ method, target, status, bytes, durationMs, isWhole, connection }: HttpResponseEvent): void {
  total += 1
  byId('total', HTMLElement).textContent = total === 1 ? '1 request' : `${total} requests`
  byId('no-requests', HTMLElement).hidden = true
  byId('requests', HTMLTableElement).hidden = false
  const client = 'remoteAddress' in connection ? String(connection.remoteAddress) : ''
  const row = h(
    'tr',
    { 'data-testid': 'row' },
    h('td', {}, new Date().toTimeString().slice(0, 8)),
    h('td', {}, client),
    h('td', {}, `${method} ${target}`),
    h('td', { class: status < 400 && isWhole ? 'good' : 'bad' }, isWhole ? String(status) : `${status}, cut off`),
    h('td', {}, formatBytes(bytes)),
    h('td', {}, formatMilliseconds(durationMs)),
  )
  const rows = byId('rows', HTMLElement)
  rows.prepend(row)
  while (rows.childElementCount > maxRows) rows.lastElementChild?.remove()
}

function showConnections(): void {
  const count = running?.connections() ?? 0
  const text = count === 1 ? '1 connection' : `${count} connections`
  const shown = byId('connections', HTMLElement)
  if (shown.textContent !== text) shown.textContent = text
}

function tell(state: 'idle' | 'busy' | 'done' | 'failed', text: string): void {
  statusLine.dataset.state = state
  path.dataset.state = state
  if (statusLine.textContent !== text) statusLine.textContent = text
}

function originOf({ name, port }: TabServer): string {
  return `https://${name}${port === undefined ? '' : `:${port}`}`
}

/** A kept key is for its name. */
function rememberedName(): string | undefined {
  const name = localStorage.getItem(nameKey) ?? undefined
  keepField.checked = name !== undefined
  return name?.endsWith(`.${suffix}`) ? name : undefined
}
