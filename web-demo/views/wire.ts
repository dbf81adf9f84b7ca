import { byId, h } from '../page/dom.js'
import { formatBytes } from '../page/format.js'
import { pairRecords, type RecordPair } from '../wire/pair-records.js'
import type { Recorder } from '../wire/recorder.js'
import type { RelayView } from '../wire/relay-view.js'
import { hexWidth, wideHex } from './hex.js'
import { type RowOptions, recordRow } from './wire-row.js'

/**
 * The heart of the page: each record as the page sees it, and beside it as it passed the relay. The conversation comes
 * first to the eye; the handshake before it is folded. Rows are kept and replaced only when they change, so that what
 * was opened stays open.
 */
export class WireView {
  readonly #handshake = byId('wire-handshake', HTMLDetailsElement)
  readonly #handshakeTitle = byId('wire-handshake-title', HTMLElement)
  readonly #handshakeRows = byId('wire-handshake-rows', HTMLOListElement)
  readonly #dataRows = byId('wire-data-rows', HTMLOListElement)
  readonly #rows = new Map<string, { readonly signature: string; readonly element: HTMLElement }>()
  readonly #expanded = new Set<string>()
  #redraw: (() => void) | undefined

  constructor() {
    wideHex.addEventListener('change', () => this.#redraw?.())
  }

  clear(): void {
    this.#rows.clear()
    this.#expanded.clear()
    this.#redraw = undefined
    this.#handshake.open = false
    this.#handshakeRows.replaceChildren()
    this.#dataRows.replaceChildren()
  }

  /** When there is nothing but a handshake, it is what one wants to see. */
  openHandshake(): void {
    this.#handshake.open = true
  }

  update(recorder: Recorder, relay: RelayView): void {
    this.#redraw = () => this.update(recorder, relay)
    const pairs = pairRecords(recorder.records, {
      sent: relay.records('sent', maxRelayRecords),
      received: relay.records('received', maxRelayRecords),
    })
    const isData = pairs.map(({ page }) => page.epoch === 'application')
    const handshake = pairs.filter((_, index) => !isData[index])
    const data = pairs.filter((_, index) => isData[index])
    const inClear = handshake.filter(({ page }) => page.contentType === 'handshake' && page.epoch === 'plaintext')
    this.#handshakeTitle.textContent = `The handshake: ${handshake.length} records. ${inClear.length} are in the clear, and from the first the relay learns the server’s name.`
    replaceRows(
      this.#handshakeRows,
      handshake.map((pair) => this.#row(pair)),
    )
    const omitted = recorder.count.sent + recorder.count.received - recorder.records.length
    const rows = data.map((pair) => this.#row(pair))
    if (omitted > 0) {
      // the end of the connection is told after what was left out
      const end = data.findIndex(isLastWords)
      rows.splice(end < 0 ? rows.length : end, 0, omittedRow(omitted))
    }
    replaceRows(this.#dataRows, rows)
  }

  #row(pair: RecordPair): HTMLElement {
    const key = `${pair.direction} ${pair.page.index}`
    const options: RowOptions = {
      width: hexWidth(),
      isExpanded: this.#expanded.has(key),
      toggle: () => {
        if (!this.#expanded.delete(key)) this.#expanded.add(key)
        this.#redraw?.()
        this.#rows.get(key)?.element.querySelector<HTMLElement>('button')?.focus()
      },
    }
    const signature = [
      pair.page.messages.length,
      pair.page.data?.length,
      pair.page.alert,
      pair.relay?.bytes.length,
      options.width,
      options.isExpanded,
    ].join()
    const known = this.#rows.get(key)
    if (known?.signature === signature) return known.element
    const element = recordRow(pair, options)
    this.#rows.set(key, { signature, element })
    return element
  }
}

/** Only what differs is touched: focus and selection stay. */
function replaceRows(list: HTMLElement, rows: readonly HTMLElement[]): void {
  for (const [place, row] of rows.entries()) {
    const current = list.childNodes[place]
    if (current !== row) list.insertBefore(row, current ?? null)
  }
  while (list.childNodes.length > rows.length) list.lastChild?.remove()
}

const isLastWords = ({ page }: RecordPair) => page.alert !== undefined

function omittedRow(count: number): HTMLElement {
  return h('li', { class: 'omitted' }, `${count.toLocaleString('en')} more records like these`)
}

/** How much each side knows of the connection, in a sentence each. */
export function wireTotals(recorder: Recorder, relay: RelayView): { readonly page: string; readonly relay: string } {
  const { sent, received } = recorder.count
  return {
    page: `${sent + received} records`,
    relay: `${formatBytes(relay.total.sent)} to the server, ${formatBytes(relay.total.received)} from it`,
  }
}

const maxRelayRecords = 120
