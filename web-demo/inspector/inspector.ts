import type { TlsSocketInfo } from '../../src/index.js'
import type { ConnectionCapture } from '../../src/inspect.js'
import { byId, h } from '../page/dom.js'
import type { Recorder } from '../wire/recorder.js'
import type { RelayView } from '../wire/relay-view.js'
import { Detail } from './detail.js'
import { Downloads } from './downloads.js'
import { type Item, ItemNames } from './items.js'
import { type InspectorLink, readLink, withLink } from './link.js'
import { overviewView } from './overview.js'
import { Sequence } from './sequence.js'

/** The connection from inside: the handshake to scale, every record and message, and each of them field by field. */
export class Inspector {
  readonly downloads = new Downloads()
  readonly #section = byId('inspector-section', HTMLElement)
  readonly #filter = byId('inspector-filter', HTMLInputElement)
  #recorder: Recorder | undefined
  #relay: RelayView | undefined
  #sequence = this.#newSequence()
  #detail: Detail | undefined
  #shown: { readonly item: string; readonly signature: string } | undefined
  /** Where the address leads; until then, or until something is chosen. */
  #wanted: InspectorLink | undefined
  #link: InspectorLink | undefined

  constructor() {
    this.#wanted = readLink(location.hash)
    this.#filter.addEventListener('input', () => {
      this.#sequence.needle = this.#filter.value
    })
    byId('inspector-steps', HTMLInputElement).addEventListener('change', ({ target }) => {
      this.#section.dataset.steps = String((target as HTMLInputElement).checked)
    })
    window.addEventListener('hashchange', () => {
      const link = readLink(location.hash)
      if (!link || (link.item === this.#link?.item && link.field === this.#link.field)) return
      this.#wanted = link
      this.#follow()
    })
  }

  /** Whether the address leads to a message. */
  get isWanted(): boolean {
    return this.#wanted !== undefined
  }

  /** The page's fragment with the way to what is looked at. */
  keepIn(fragment: string): string {
    return withLink(fragment, this.#wanted ?? this.#link)
  }

  begin(recorder: Recorder, relay: RelayView, capture: ConnectionCapture | undefined): void {
    this.#recorder = recorder
    this.#relay = relay
    this.#wanted ??= this.#link
    this.#shown = undefined
    this.#detail = undefined
    this.#overview = ''
    this.#sequence = this.#newSequence()
    this.#sequence.needle = this.#filter.value
    this.#section.hidden = true
    byId('inspector-list', HTMLElement).replaceChildren(this.#sequence.root)
    byId('inspector-detail', HTMLElement).replaceChildren(h('p', { class: 'muted' }, 'Choose a message.'))
    this.downloads.begin(capture)
  }

  /** @param isLast nothing will follow: what the address leads to is not there, if it is not there yet */
  update(info: TlsSocketInfo | undefined, isLast = false): void {
    const recorder = this.#recorder
    if (!recorder || recorder.records.length === 0) return
    this.#section.hidden = false
    this.#sequence.update(recorder)
    this.downloads.update()
    this.#drawOverview(recorder, info)
    const { sent, received } = recorder.count
    byId('inspector-note', HTMLElement).textContent =
      `${(sent + received).toLocaleString('en')} records; ${recorder.records.length} are kept, the first of data under each key`
    if (this.#wanted) this.#follow(isLast)
    else if (!this.#shown) this.#choose('client_hello', { field: '', isByHand: false })
    else this.#redraw()
  }

  /** Only when the handshake has gone on: a transfer tells of thousands of records. */
  #drawOverview(recorder: Recorder, info: TlsSocketInfo | undefined): void {
    const state = `${recorder.messages.length} ${recorder.cryptoSteps.length} ${info !== undefined}`
    if (recorder.messages.length === 0 || this.#overview === state) return
    this.#overview = state
    byId('inspector-overview', HTMLElement).replaceChildren(
      overviewView(recorder, info, (id) => this.#choose(id, { field: '', isByHand: true })),
    )
  }
  #overview = ''

  #newSequence(): Sequence {
    return new Sequence(new ItemNames(), {
      chosen: ({ id }) => this.#choose(id, { field: '', isByHand: true }),
    })
  }

  #follow(isLast = false): void {
    const link = this.#wanted
    if (!link) return
    const isThere = this.#choose(link.item, { field: link.field, isByHand: false })
    if (isThere) {
      this.#link = link
      this.#wanted = undefined
      this.#section.scrollIntoView({ block: 'start' })
    } else if (isLast) {
      this.#wanted = undefined
      this.#choose('client_hello', { field: '', isByHand: false })
    }
  }

  #choose(id: string, { field, isByHand }: { readonly field: string; readonly isByHand: boolean }): boolean {
    const item = this.#sequence.item(id)
    if (!item || !this.#sequence.choose(id, { scroll: true })) return false
    if (isByHand) this.#wanted = undefined
    if (isByHand) this.#setLink({ item: id, field })
    this.#draw(item)
    if (field !== '') this.#detail?.reveal(field, { focus: false })
    return true
  }

  /** What an item consists of can grow: the relay's view comes later than the page's. */
  #redraw(): void {
    const item = this.#shown && this.#sequence.item(this.#shown.item)
    if (!item || this.#shown?.signature === this.#signatureOf(item)) return
    // nothing is taken away under someone's hands
    if (byId('inspector-detail', HTMLElement).contains(document.activeElement)) return
    this.#draw(item)
    if (this.#link?.item === item.id && this.#link.field) this.#detail?.reveal(this.#link.field, { focus: false })
  }

  #draw(item: Item): void {
    this.#shown = { item: item.id, signature: this.#signatureOf(item) }
    this.#detail = new Detail(item, {
      relay: this.#relayRecord(item),
      origin: this.#sequence.origin,
      link: () => {
        const link = this.#link?.item === item.id ? this.#link : { item: item.id, field: '' }
        return new URL(`#${withLink(location.hash, link)}`, location.href).href
      },
      fieldSelected: (field) => {
        if (this.#wanted === undefined) this.#setLink({ item: item.id, field })
      },
    })
    byId('inspector-detail', HTMLElement).replaceChildren(this.#detail.root)
  }

  #relayRecord({ direction, record, message }: Item) {
    return message ? undefined : this.#relay?.records(direction, record.index + 1)[record.index]
  }

  #signatureOf(item: Item): string {
    return `${item.record.messages.length} ${item.record.data?.length} ${this.#relayRecord(item)?.bytes.length}`
  }

  #setLink(link: InspectorLink): void {
    this.#link = link
    history.replaceState(undefined, '', `#${withLink(location.hash, link)}`)
  }
}
