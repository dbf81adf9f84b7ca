import type { Certificate, TlsSocketInfo } from '../../src/index.js'
import type { ConnectionCapture } from '../../src/inspect.js'
import { Inspector } from '../inspector/inspector.js'
import type { DemoConfig } from '../server/demo-config.js'
import { AnswerView } from '../views/answer.js'
import { certificatesView } from '../views/certificates.js'
import { failureView } from '../views/failure.js'
import { negotiatedView } from '../views/negotiated.js'
import { SearchView } from '../views/search.js'
import { WireView, wireTotals } from '../views/wire.js'
import { certificatesInMessage } from '../wire/certificate-list.js'
import type { Recorder } from '../wire/recorder.js'
import type { RelayView } from '../wire/relay-view.js'
import { explain } from './advice.js'
import { byId, throttled } from './dom.js'
import type { FormValues } from './form-values.js'
import { formatBytes } from './format.js'

/** All that is shown of one exchange; the next one replaces it. */
export class Results {
  readonly answer = new AnswerView()
  readonly inspector = new Inspector()
  readonly #wire = new WireView()
  readonly #search = new SearchView()
  #recorder: Recorder | undefined
  #relay: RelayView | undefined
  #info: TlsSocketInfo | undefined

  begin(
    recorder: Recorder,
    relay: RelayView,
    values: FormValues,
    config: DemoConfig | undefined,
    capture: ConnectionCapture | undefined,
  ): void {
    this.inspector.begin(recorder, relay, capture)
    this.#recorder = recorder
    this.#relay = relay
    this.#info = undefined
    this.#wire.clear()
    this.answer.root.replaceChildren()
    byId('failure', HTMLElement).replaceChildren()
    byId('answer', HTMLElement).replaceChildren(this.answer.root)
    for (const id of sections) byId(id, HTMLElement).hidden = true
    const hasTap = config?.hasTap === true && config.relayUrl === values.relay
    byId('wire-relay-title', HTMLElement).textContent = hasTap ? 'What the relay saw' : 'What the relay is given'
    this.#source = hasTap
      ? 'From the relay’s own tap'
      : 'This relay shows nothing of itself: noted where it leaves the page'
    this.#serverName = values.serverName || values.host
    this.#search.needle = `${values.method} ${values.path} HTTP/1.1`
    byId('welcome', HTMLElement).hidden = true
    byId('path-page', HTMLElement).textContent = 'holds the keys, checks the certificate'
    byId('path-relay', HTMLElement).textContent = 'WebSocket in, TCP out'
  }

  #source = ''
  #serverName = ''

  opened(info: TlsSocketInfo): void {
    this.#info = info
    show('negotiated-section', 'negotiated', negotiatedView(info))
    byId('chain-title', HTMLElement).textContent = 'Why this server is believed'
    this.#showChain(info.verifiedPath, info.peerCertificates)
  }

  /** Nothing follows. */
  finish(): void {
    this.#drawWire()
    this.inspector.update(this.#info, true)
  }

  showAnswer(): void {
    byId('answer-section', HTMLElement).hidden = false
  }

  fail(error: unknown): string {
    const failure = explain(error)
    byId('failure', HTMLElement).replaceChildren(failureView(failure))
    this.answer.stopped()
    this.#drawWire()
    if (!this.#info) this.#showRefused()
    return failure.title
  }

  /** There was no conversation: what there was of the handshake is what one wants to see. */
  #showRefused(): void {
    this.#wire.openHandshake()
    this.#search.needle = this.#serverName
    const shown = this.#recorder?.messages.find(({ name }) => name === 'certificate')
    if (!shown) return
    byId('chain-title', HTMLElement).textContent = 'What the server showed'
    this.#showChain([], certificatesInMessage(shown.bytes))
  }

  #showChain(path: readonly Certificate[], sent: readonly Certificate[]): void {
    certificatesView(path, sent).then(
      (view) => show('chain-section', 'chain', view),
      (error: unknown) => reportError(error),
    )
  }

  readonly wireChanged = throttled(() => this.#drawWire(), 80)

  #drawWire(): void {
    const recorder = this.#recorder
    const relay = this.#relay
    if (!recorder || !relay || recorder.records.length === 0) return
    byId('wire-section', HTMLElement).hidden = false
    this.#wire.update(recorder, relay)
    this.#search.update(recorder, relay)
    this.inspector.update(this.#info)
    const totals = wireTotals(recorder, relay)
    byId('wire-page-note', HTMLElement).textContent = `${totals.page}, opened with keys that never leave it`
    byId('wire-relay-note', HTMLElement).textContent =
      `${this.#source}: ${totals.relay}${relay.isWhole ? '' : '; the beginning is kept'}`
    byId('path-relay', HTMLElement).textContent = `carried ${formatBytes(relay.total.sent + relay.total.received)}`
    const { sent, received } = recorder.plaintext
    if (this.#info && sent.bytes.length + received.bytes.length > 0) {
      byId('path-page', HTMLElement).textContent = `${this.#info.group ?? 'PSK'}, ${shortSuite(this.#info.cipherSuite)}`
    }
  }
}

/** `TLS_AES_128_GCM_SHA256` as people say it. */
const shortSuite = (suite: string): string =>
  suite
    .replace(/^TLS_/, '')
    .replace(/_SHA\d+$/, '')
    .replaceAll('_', '-')

const sections = ['wire-section', 'answer-section', 'negotiated-section', 'chain-section'] as const

function show(section: (typeof sections)[number], place: string, view: HTMLElement): void {
  byId(place, HTMLElement).replaceChildren(view)
  byId(section, HTMLElement).hidden = false
}
