import { ConnectionCapture } from '../../src/inspect.js'
import { Recorder } from '../wire/recorder.js'
import { RelayView } from '../wire/relay-view.js'
import { byId, h } from './dom.js'
import { type ExchangeStage, exchange } from './exchange.js'
import { RequestForm } from './form.js'
import { defaultValues, type FormValues, fromFragment, toFragment } from './form-values.js'
import { formatBytes, formatMilliseconds, formatSpeed } from './format.js'
import { loadConfig } from './load-config.js'
import { presets } from './presets.js'
import { requestBody } from './request-body.js'
import { Results } from './results.js'

const config = await loadConfig()
const defaults = defaultValues(config)
const form = new RequestForm()
const results = new Results()
const statusLine = byId('status', HTMLElement)
const path = byId('path', HTMLElement)
let running: AbortController | undefined
let finished: Promise<void> = Promise.resolve()
let starts = 0

form.hasEmbeddedCa = config !== undefined
form.values = fromFragment(location.hash, defaults)
if (!config) byId('options', HTMLDetailsElement).open = true
// a link to a message of the demo's own server; elsewhere a link alone must not connect
const isOwnTarget = (['host', 'port', 'relay', 'method'] as const).every((key) => form.values[key] === defaults[key])
byId('path-server', HTMLElement).textContent = config ? 'node:https, which knows nothing of this' : 'any TLS 1.3 server'

form.element.addEventListener('submit', (event) => {
  event.preventDefault()
  if (running) stop()
  else void start(form.values)
})
window.addEventListener('hashchange', () => {
  const wanted = fromFragment(location.hash, defaults)
  if (toFragment(wanted, defaults) !== toFragment(form.values, defaults))
    form.values = { ...wanted, pem: form.values.pem }
})
showPresets()
document.documentElement.dataset.ready = 'true'
if (config && isOwnTarget && results.inspector.isWanted) void start(form.values)

/** One exchange at a time: the one before is ended first. */
async function start(values: FormValues): Promise<void> {
  const number = ++starts
  stop()
  await finished
  // another was asked for in the meantime
  if (number !== starts) return
  form.values = values
  finished = run(values)
  showStatus()
}

function stop(): void {
  running?.abort(new DOMException('stopped by the user', 'AbortError'))
}

async function run(values: FormValues): Promise<void> {
  const controller = new AbortController()
  const recorder = new Recorder()
  const relayView = new RelayView()
  running = controller
  form.isRunning = true
  keepInAddress(values)
  const serverName = values.serverName || values.host
  const capture = results.inspector.downloads.isWanted
    ? new ConnectionCapture({ role: 'client', serverName })
    : undefined
  results.begin(recorder, relayView, values, config, capture)
  const started = performance.now()
  try {
    form.check(values)
    const body = requestBody(values, form.file)
    let status = ''
    const received = await exchange({
      values,
      config,
      body,
      recorder,
      capture,
      relayView,
      signal: controller.signal,
      listener: {
        stage: (stage) => tell('busy', stageTexts[stage]),
        opened: (info) => results.opened(info),
        responded: (response) => {
          status = `${response.head.status} ${response.head.reason}`
          results.answer.responded(response)
          results.showAnswer()
        },
        progress: (progress) => results.answer.progress(progress),
        uploaded: (bytes, total) => {
          results.answer.uploaded(bytes, total)
          results.showAnswer()
        },
        wireChanged: () => results.wireChanged(),
      },
    })
    const speed = received.bytes > 1_000_000 ? `, ${formatSpeed(received.bytes, received.elapsed)}` : ''
    const took = formatMilliseconds(performance.now() - started)
    tell('done', `${status}: ${formatBytes(received.bytes)} in ${took}${speed}. The relay could read none of it.`)
  } catch (error) {
    tell('failed', results.fail(error))
  } finally {
    running = undefined
    form.isRunning = false
    results.finish()
  }
}

const stageTexts: Readonly<Record<ExchangeStage, string>> = {
  dialling: 'Asking the relay to connect to the server …',
  handshake: 'Shaking hands with the server, through the relay …',
  request: 'Encrypted from end to end. Sending the request …',
  response: 'Reading the answer …',
  closing: 'Saying goodbye …',
}

function tell(state: 'busy' | 'done' | 'failed', text: string): void {
  statusLine.dataset.state = state
  path.dataset.state = state
  // the same words are not announced again
  if (statusLine.textContent !== text) statusLine.textContent = text
}

function showPresets(): void {
  if (!config) return
  for (const preset of presets) {
    const button = h(
      'button',
      { type: 'button', class: 'chip', title: preset.hint, 'data-testid': `preset-${preset.id}` },
      preset.label,
    )
    button.addEventListener('click', () => {
      void start({ ...defaults, ...preset.values(config) })
    })
    byId(preset.isFailure ? 'presets-bad' : 'presets-good', HTMLElement).append(button)
  }
  byId('presets', HTMLElement).hidden = false
}

/** On a phone the form fills the screen: what happens would be out of sight. */
function showStatus(): void {
  if (statusLine.getBoundingClientRect().bottom < innerHeight * 0.8) return
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches
  statusLine.scrollIntoView({ block: 'start', behavior: isCalm ? 'auto' : 'smooth' })
}

/** So that the page can be linked to as it stands. */
function keepInAddress(values: FormValues): void {
  const fragment = results.inspector.keepIn(toFragment(values, defaults))
  history.replaceState(undefined, '', fragment === '' ? location.pathname : `#${fragment}`)
}
