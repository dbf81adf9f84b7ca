import type { DecodedField } from '../../src/inspect.js'
import { h } from '../page/dom.js'

/** Bytes of which a range can be marked, and each be asked for its field. At most 4096 are shown. */
export class HexPane {
  readonly root: HTMLElement
  readonly #cells: HTMLElement[] = []
  #marked: Record<'selected' | 'pointed', readonly [number, number]> = { selected: [0, 0], pointed: [0, 0] }

  constructor(bytes: Uint8Array, width: number, onByte: (offset: number) => void) {
    const shown = bytes.subarray(0, maxBytes)
    const lines: HTMLElement[] = []
    for (let offset = 0; offset < shown.length; offset += width) {
      const part = shown.subarray(offset, offset + width)
      const cells = Array.from(part, (byte, index) => {
        const cell = h('span', { 'data-offset': offset + index }, byte.toString(16).padStart(2, '0'))
        this.#cells.push(cell)
        return cell
      })
      const text = Array.from(part, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')).join('')
      const padding = '   '.repeat(width - part.length)
      lines.push(
        h(
          'span',
          { class: 'hex-line' },
          h('span', { class: 'hex-offset' }, offset.toString(16).padStart(4, '0')),
          h('span', { class: 'hex-bytes' }, ...cells),
          h('span', { class: 'hex-text' }, `${padding}${text}`),
        ),
      )
    }
    if (bytes.length > maxBytes) {
      lines.push(h('span', { class: 'hex-line muted' }, `${(bytes.length - maxBytes).toLocaleString('en')} bytes more`))
    }
    // the tree beside it says the same in words, and can be walked by keyboard
    this.root = h('pre', { class: 'hex-pane', 'aria-hidden': 'true' }, ...lines)
    this.root.addEventListener('click', ({ target }) => {
      const offset = target instanceof HTMLElement ? target.dataset.offset : undefined
      if (offset !== undefined) onByte(Number(offset))
    })
  }

  mark(how: 'selected' | 'pointed', field: Pick<DecodedField, 'start' | 'end'> | undefined): void {
    const [from, to] = this.#marked[how]
    for (let offset = from; offset < to; offset++) this.#cells[offset]?.classList.remove(how)
    const range = [field?.start ?? 0, Math.min(field?.end ?? 0, this.#cells.length)] as const
    for (let offset = range[0]; offset < range[1]; offset++) this.#cells[offset]?.classList.add(how)
    this.#marked = { ...this.#marked, [how]: range }
  }

  /** Scrolls the pane alone, never the page. */
  show({ start }: Pick<DecodedField, 'start'>): void {
    const cell = this.#cells[Math.min(start, this.#cells.length - 1)]
    if (!cell) return
    const { root } = this
    const top = cell.getBoundingClientRect().top - root.getBoundingClientRect().top
    if (top < 0 || top > root.clientHeight - 40) root.scrollTop += top - 40
  }
}

const maxBytes = 4096
