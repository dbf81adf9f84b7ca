import { h } from '../page/dom.js'
import { formatBytes, formatMessageName } from '../page/format.js'
import { asText } from '../page/hex-dump.js'
import type { RecordPair } from '../wire/pair-records.js'
import type { PageRecord } from '../wire/recorder.js'
import type { RelayRecord } from '../wire/relay-view.js'
import { hexView } from './hex.js'

export interface RowOptions {
  /** Bytes to a line of hexadecimal. */
  readonly width: number
  readonly isExpanded: boolean
  readonly toggle: () => void
}

/** One record, twice. */
export function recordRow(pair: RecordPair, options: RowOptions): HTMLElement {
  const { page, relay, direction } = pair
  const isClear = page.epoch === 'plaintext'
  const lines = page.contentType === 'application_data' ? dataLines : handshakeLines
  const shown = options.isExpanded ? expandedBytes : options.width * lines
  const isLong = Math.max(pageBytes(page).length, relay?.bytes.length ?? 0) > shown
  return h(
    'li',
    {
      class: options.isExpanded ? 'wire-row expanded' : 'wire-row',
      'data-direction': direction,
      'data-protection': isClear ? 'clear' : 'sealed',
      'data-testid': 'wire-row',
    },
    h(
      'div',
      { class: 'page-cell' },
      h('p', { class: 'cell-head' }, h('span', { class: 'arrow' }, direction === 'sent' ? '→' : '←'), ...title(page)),
      ...pageContent(page, shown, options.width),
    ),
    h(
      'div',
      { class: 'relay-cell' },
      h('p', { class: 'cell-head' }, ...relayTitle(relay)),
      ...(relay ? [hexView(relay.bytes.subarray(0, shown), options.width)] : []),
    ),
    (isLong || options.isExpanded) && expandButton(options, pair),
  )
}

function expandButton({ isExpanded, toggle }: RowOptions, { page }: RecordPair): HTMLElement {
  const name = describe(page)
  const button = h(
    'button',
    {
      type: 'button',
      class: 'quiet expand',
      'aria-expanded': String(isExpanded),
      'aria-label': `${isExpanded ? 'Less' : 'More'} of ${name}`,
    },
    isExpanded ? 'Less' : 'More',
  )
  button.addEventListener('click', toggle)
  return button
}

function title(page: PageRecord): Node[] {
  const note =
    page.contentType === 'change_cipher_spec'
      ? 'does nothing: for old middleboxes only'
      : page.epoch === 'plaintext'
        ? 'in the clear'
        : `${page.epoch} keys`
  return [h('b', {}, describe(page)), h('span', { class: 'muted' }, note)]
}

function describe(page: PageRecord): string {
  if (page.alert !== undefined) return `Alert: ${page.alert.name}`
  if (page.messages.length > 0) return page.messages.map(({ name }) => formatMessageName(name)).join(', ')
  if (page.contentType === 'handshake') return 'Part of a handshake message'
  if (page.contentType === 'change_cipher_spec') return 'ChangeCipherSpec'
  return page.direction === 'sent' ? 'HTTP request' : 'HTTP answer'
}

function pageContent(page: PageRecord, shown: number, width: number): Node[] {
  const bytes = pageBytes(page)
  if (page.alert?.name === 'close_notify') return [h('p', { class: 'aside' }, closeNotifyMeaning)]
  if (bytes.length === 0) return []
  const isData = page.contentType === 'application_data'
  const text = isData ? asText(bytes.subarray(0, Math.max(shown * 4, 400))) : undefined
  return [text === undefined ? hexView(bytes.subarray(0, shown), width) : h('pre', { class: 'text' }, text)]
}

function pageBytes(page: PageRecord): Uint8Array {
  if (page.data) return page.data
  const [first, ...others] = page.messages
  if (!first) return new Uint8Array(0)
  if (others.length === 0) return first.bytes
  const joined = page.messages.flatMap(({ bytes }) => Array.from(bytes))
  return Uint8Array.from(joined)
}

/** What its header says of a record: all that a relay can know of it. */
function relayTitle(relay: RelayRecord | undefined): Node[] {
  if (!relay) return [h('span', { class: 'muted' }, 'beyond what is shown of the relay’s view')]
  const type = typeNames[relay.type] ?? `type ${relay.type}`
  return [h('b', {}, type), h('span', { class: 'muted' }, formatBytes(relay.length))]
}

/** After the ServerHello every record says application_data on its outside (RFC 9846 section 5.2). */
const typeNames: Readonly<Record<number, string>> = {
  20: 'change_cipher_spec',
  21: 'alert',
  22: 'handshake, readable',
  23: 'sealed',
}

const closeNotifyMeaning = 'No more will come from this side. Without it, an end could be forged.'

/** Until it is opened. */
const dataLines = 12
const handshakeLines = 2
const expandedBytes = 2048
