import type { DecodedField } from '../../src/inspect.js'
import { copyButton, h } from '../page/dom.js'
import { formatBytes, formatMilliseconds } from '../page/format.js'
import type { RelayRecord } from '../wire/relay-view.js'
import { FieldTree } from './field-tree.js'
import { HexPane } from './hex-pane.js'
import { type Item, type ItemPart, partsOf } from './items.js'
import { sectionLink } from './section-link.js'

export interface DetailOptions {
  readonly relay: RelayRecord | undefined
  /** When the connection began. */
  readonly origin: number
  /** The address that leads back here. */
  readonly link: () => string
  readonly fieldSelected: (path: string) => void
}

/** One item: what it is, what protects it, and its bytes beside what they mean. */
export class Detail {
  readonly root: HTMLElement
  readonly #trees: FieldTree[] = []

  constructor(item: Item, options: DetailOptions) {
    const parts = partsOf(item, options.relay)
    const whole = item.message ? parts[0]?.field : undefined
    this.root = h(
      'article',
      { class: 'detail', 'aria-label': item.title, 'data-testid': 'detail', 'data-item': item.id },
      h(
        'header',
        { class: 'detail-head' },
        h('h3', {}, item.title),
        copyButton('Copy link', options.link),
        h(
          'p',
          { class: 'detail-meaning' },
          whole?.meaning ?? recordMeaning(item),
          ' ',
          whole?.section ? sectionLink(whole.section) : '',
        ),
      ),
      facts(item, options),
      ...parts.map((part, index) => this.#part(part, index === 0, options)),
      parts.length === 0 && h('p', { class: 'muted' }, nothingKept),
    )
  }

  /** Goes to a field of the first part. */
  reveal(path: string, options: { readonly focus: boolean }): boolean {
    return this.#trees[0]?.reveal(path, options) ?? false
  }

  #part(part: ItemPart, isFirst: boolean, options: DetailOptions): HTMLElement {
    let current: DecodedField | undefined
    const hex = new HexPane(part.bytes, bytesInLine, (offset) => {
      const path = tree.pathAt(offset)
      if (path !== undefined) tree.reveal(path, { focus: true })
    })
    const tree = new FieldTree(part.field, part.title, {
      selected(field, path) {
        current = field
        hex.mark('selected', field)
        hex.show(field)
        if (isFirst) options.fieldSelected(path)
      },
      pointed: (field) => hex.mark('pointed', field),
    })
    this.#trees.push(tree)
    const bytesOf = ({ start, end }: DecodedField) => part.bytes.subarray(start, end)
    return h(
      'section',
      { class: 'part' },
      h(
        'div',
        { class: 'part-head' },
        h('h4', {}, part.title, ' ', h('span', { class: 'muted' }, formatBytes(part.bytes.length))),
        h(
          'span',
          { class: 'part-actions' },
          copyButton('Copy bytes', () => toHex(bytesOf(current ?? part.field))),
          copyButton('Copy fields', () => asText(current ?? part.field)),
        ),
      ),
      part.text !== undefined && h('pre', { class: 'part-text', 'data-testid': 'plaintext' }, part.text),
      h('div', { class: 'part-body' }, tree.root, hex.root),
    )
  }
}

function facts({ record, direction, time }: Item, { origin }: DetailOptions): HTMLElement {
  const fact = (name: string, ...value: (Node | string)[]) => h('div', {}, h('dt', {}, name), h('dd', {}, ...value))
  const inner = record.secret === undefined ? undefined : record.length - headerLength - tagLength - 1
  const padding = inner === undefined ? 0 : inner - record.contentLength
  return h(
    'dl',
    { class: 'detail-facts' },
    fact(
      direction === 'sent' ? 'Sent' : 'Received',
      `${formatMilliseconds(time - origin)} after the start, record ${record.index}`,
    ),
    fact(
      'Protected by',
      record.secret === undefined
        ? 'nothing: all on the way can read it'
        : h('span', { class: 'secret', 'data-testid': 'secret' }, record.secret),
    ),
    ...(record.secret === undefined
      ? []
      : [
          fact(
            'Nonce',
            `its write_iv XOR ${record.sequenceNumber}, the record’s number under this secret `,
            sectionLink('RFC 9846 section 5.3'),
          ),
          fact(
            'Record',
            `${headerLength} header + ${record.contentLength} content + 1 real type (${record.contentType})${padding > 0 ? ` + ${padding} padding` : ''} + ${tagLength} tag = ${record.length} bytes `,
            sectionLink('RFC 9846 section 5.2'),
          ),
        ]),
  )
}

function recordMeaning({ record }: Item): string {
  if (record.alert)
    return record.alert.name === 'close_notify' ? 'The sender says goodbye.' : 'What went wrong, for the other side.'
  if (record.contentType === 'change_cipher_spec') return 'Does nothing in TLS 1.3: there for old middleboxes.'
  if (record.contentType === 'application_data') return 'What the application wrote, sealed.'
  return 'The envelope of handshake messages: records are what is on the wire.'
}

/** A field and what is in it, indented, as one would quote it. */
function asText(field: DecodedField, depth = 0): string {
  const line = [`${'  '.repeat(depth)}${field.name}`, field.value, field.meaning && `(${field.meaning})`, field.section]
  return [line.filter(Boolean).join('  '), ...field.children.map((child) => asText(child, depth + 1))].join('\n')
}

const toHex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

const nothingKept =
  'Its bytes were not kept: the first 256 KiB of each direction are, and the first records under each key.'
/** Narrow: the fields beside them need the room. */
const bytesInLine = 8
const headerLength = 5
const tagLength = 16
