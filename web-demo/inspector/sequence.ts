import { h } from '../page/dom.js'
import { formatBytes, formatMilliseconds } from '../page/format.js'
import type { CryptoEvent, PageRecord, Recorder } from '../wire/recorder.js'
import { type Item, type ItemNames, searchText } from './items.js'

export interface SequenceListener {
  chosen(item: Item): void
}

/**
 * What passed, from top to bottom, sent on the left and received on the right, as sequence diagrams have it. Rows are
 * made once for each record; the recorder keeps so few that all can stand in the page.
 */
export class Sequence {
  readonly root = h('ol', {
    class: 'sequence',
    'aria-label': 'Records and messages in their order',
    'data-testid': 'sequence',
  })
  readonly #names: ItemNames
  readonly #listener: SequenceListener
  readonly #rows: {
    readonly record: PageRecord
    signature: string
    element: HTMLElement
    gap: HTMLElement | undefined
  }[] = []
  readonly #items = new Map<string, Item>()
  readonly #buttons = new Map<string, HTMLButtonElement>()
  readonly #texts = new Map<string, string>()
  readonly #steps = new Map<CryptoEvent, HTMLElement>()
  /** When the first record or step began. */
  origin = 0
  readonly #next = { sent: 0, received: 0 }
  #needle = ''
  #chosen: string | undefined

  constructor(names: ItemNames, listener: SequenceListener) {
    this.#names = names
    this.#listener = listener
    this.root.addEventListener('keydown', (event) => this.#onKey(event))
  }

  item(id: string): Item | undefined {
    return this.#items.get(id)
  }

  update({ records, cryptoSteps }: Recorder): void {
    this.origin = Math.min(records[0]?.time ?? 0, cryptoSteps[0]?.start ?? Number.POSITIVE_INFINITY)
    for (const row of this.#rows) {
      if (row.signature === signatureOf(row.record)) continue
      const element = this.#row(row.record)
      row.element.replaceWith(element)
      row.element = element
      row.signature = signatureOf(row.record)
    }
    for (const record of records.slice(this.#rows.length)) this.#append(record)
    for (const step of cryptoSteps.slice(this.#steps.size)) this.#place(step)
    this.#filter()
  }

  /** What the rows that are shown must have in them. */
  set needle(needle: string) {
    this.#needle = needle.trim().toLowerCase()
    this.#filter()
  }

  choose(id: string, options: { readonly scroll: boolean }): boolean {
    const button = this.#buttons.get(id)
    const item = this.#items.get(id)
    if (!button || !item) return false
    if (this.#chosen !== undefined) this.#buttons.get(this.#chosen)?.removeAttribute('aria-current')
    this.#chosen = id
    button.setAttribute('aria-current', 'true')
    if (options.scroll) {
      // the list alone, never the page
      const { root } = this
      const top = button.getBoundingClientRect().top - root.getBoundingClientRect().top
      if (top < 0 || top > root.clientHeight - 48) root.scrollTop += top - root.clientHeight / 3
    }
    return true
  }

  #append(record: PageRecord): void {
    const omitted = record.index - this.#next[record.direction]
    this.#next[record.direction] = record.index + 1
    const gap =
      omitted > 0
        ? h('li', { class: 'seq-gap' }, `${omitted.toLocaleString('en')} more records of data ${record.direction}`)
        : undefined
    if (gap) this.root.append(gap)
    const element = this.#row(record)
    this.root.append(element)
    this.#rows.push({ record, signature: signatureOf(record), element, gap })
  }

  #row(record: PageRecord): HTMLElement {
    const [own, ...messages] = this.#names.itemsOf(record)
    if (!own) throw new Error('a record is an item')
    return h(
      'li',
      { class: 'seq-row', 'data-direction': record.direction, 'data-testid': 'sequence-row' },
      h('span', { class: 'seq-time' }, formatMilliseconds(record.time - this.origin)),
      h(
        'div',
        { class: 'seq-card', 'data-protection': record.secret === undefined ? 'clear' : 'sealed' },
        ...messages.map((item) => this.#button(item, 'seq-message', formatBytes(item.message?.bytes.length ?? 0))),
        this.#button(own, messages.length > 0 ? 'seq-record' : 'seq-message', formatBytes(record.length)),
        h('p', { class: 'seq-secret' }, record.secret ?? 'in the clear'),
      ),
    )
  }

  #button(item: Item, className: string, size: string): HTMLButtonElement {
    const button = h(
      'button',
      { type: 'button', class: className, 'data-item': item.id },
      h('span', { class: 'seq-title' }, item.title),
      h('span', { class: 'seq-size' }, size),
    )
    if (item.id === this.#chosen) button.setAttribute('aria-current', 'true')
    button.addEventListener('click', () => this.#listener.chosen(item))
    this.#items.set(item.id, item)
    this.#buttons.set(item.id, button)
    this.#texts.delete(item.id)
    return button
  }

  /** A step of cryptography stands where it began. */
  #place(step: CryptoEvent): void {
    const element = h(
      'li',
      { class: 'seq-step' },
      h('span', {}, step.name),
      h('span', { class: 'seq-size' }, formatMilliseconds(step.end - step.start)),
    )
    this.#steps.set(step, element)
    const after = this.#rows.find(({ record }) => record.time > step.start)
    this.root.insertBefore(element, after ? (after.gap ?? after.element) : null)
  }

  #filter(): void {
    const isAll = this.#needle === ''
    this.root.dataset.filtered = String(!isAll)
    for (const { record, element } of this.#rows) {
      const items = this.#names.itemsOf(record)
      element.hidden = !isAll && !items.some((item) => this.#textOf(item).includes(this.#needle))
    }
  }

  #textOf(item: Item): string {
    const known = this.#texts.get(item.id)
    if (known !== undefined) return known
    const text = searchText(item)
    this.#texts.set(item.id, text)
    return text
  }

  #onKey(event: KeyboardEvent): void {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step === 0) return
    const shown = [...this.root.querySelectorAll<HTMLButtonElement>('li:not([hidden]) button')]
    const next = event.target instanceof HTMLButtonElement ? shown[shown.indexOf(event.target) + step] : undefined
    if (!next) return
    event.preventDefault()
    next.focus()
    next.click()
  }
}

const signatureOf = (record: PageRecord): string =>
  `${record.messages.length} ${record.alert?.name ?? ''} ${record.data?.length ?? ''}`
