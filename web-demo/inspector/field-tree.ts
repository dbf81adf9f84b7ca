import type { DecodedField } from '../../src/inspect.js'
import { h } from '../page/dom.js'
import { formatBytes } from '../page/format.js'
import { sectionLink } from './section-link.js'

export interface FieldTreeListener {
  /** The field that is looked at; `path` as in InspectorLink. */
  selected(field: DecodedField, path: string): void
  /** The field under the pointer, or none. */
  pointed(field: DecodedField | undefined): void
}

/** Fields as a tree that the keyboard can walk: WAI-ARIA's pattern `tree`. Rows are made when they are first shown. */
export class FieldTree {
  readonly root: HTMLElement
  readonly #listener: FieldTreeListener
  readonly #rows = new Map<string, HTMLElement>()
  readonly #fields = new Map<string, DecodedField>()
  #current: HTMLElement | undefined

  constructor(field: DecodedField, label: string, listener: FieldTreeListener) {
    this.#listener = listener
    this.root = h('ul', { class: 'field-tree', role: 'tree', 'aria-label': label, 'data-testid': 'field-tree' })
    const children = field.children.length > 0 ? field.children : [field]
    for (const [index, child] of children.entries()) this.root.append(this.#row(child, String(index), 1))
    this.root.querySelector<HTMLElement>('[role=treeitem]')?.setAttribute('tabindex', '0')
    this.root.addEventListener('keydown', (event) => this.#onKey(event))
    this.root.addEventListener('focusin', ({ target }) => {
      const row = target instanceof HTMLElement ? target.closest<HTMLElement>('[role=treeitem]') : null
      if (row && target === row) this.#select(row)
    })
    this.root.addEventListener('click', (event) => this.#onClick(event))
    this.root.addEventListener('pointerover', ({ target }) => {
      const row = target instanceof Element ? target.closest<HTMLElement>('[role=treeitem]') : null
      listener.pointed(row ? this.#fields.get(row.dataset.path ?? '') : undefined)
    })
    this.root.addEventListener('pointerleave', () => listener.pointed(undefined))
  }

  /** Opens what is above the field, and goes to it. @returns whether it is there */
  reveal(path: string, options: { readonly focus: boolean }): boolean {
    const parts = path.split('.')
    for (let depth = 1; depth < parts.length; depth++) {
      const above = this.#rows.get(parts.slice(0, depth).join('.'))
      if (above) this.#setOpen(above, true)
    }
    const row = this.#rows.get(path)
    if (!row) return false
    this.#select(row)
    if (options.focus) row.focus({ preventScroll: true })
    return true
  }

  /** The path of the innermost field with this byte. */
  pathAt(offset: number): string | undefined {
    let path: string | undefined
    const has = ({ start, end }: DecodedField) => start <= offset && offset < end
    const walk = (field: DecodedField, at: string) => {
      path = at
      for (const [index, child] of field.children.entries()) if (has(child)) return walk(child, `${at}.${index}`)
    }
    for (const row of this.root.children) {
      const at = (row as HTMLElement).dataset.path ?? ''
      const field = this.#fields.get(at)
      if (field && has(field)) walk(field, at)
    }
    return path
  }

  #row(field: DecodedField, path: string, level: number): HTMLElement {
    const hasChildren = field.children.length > 0
    const row = h(
      'li',
      {
        role: 'treeitem',
        tabindex: '-1',
        'aria-level': level,
        'aria-selected': 'false',
        'aria-expanded': hasChildren ? 'false' : undefined,
        'data-path': path,
        'data-kind': field.kind,
      },
      h(
        'div',
        { class: 'field-row' },
        h('span', { class: 'field-toggle', 'aria-hidden': 'true' }),
        h('span', { class: 'field-main' }, ...nameAndValue(field)),
        h(
          'span',
          { class: 'field-side' },
          h('span', {}, formatBytes(field.end - field.start)),
          field.section !== undefined && sectionLink(field.section),
        ),
        field.meaning !== undefined && h('span', { class: 'field-meaning' }, field.meaning),
      ),
    )
    this.#rows.set(path, row)
    this.#fields.set(path, field)
    // what one opens a message for: its fields, and which extensions or certificates it has
    if (hasChildren && (level < 2 || (/^(extensions|certificate_list)$/.test(field.name) && level < 3)))
      this.#setOpen(row, true)
    return row
  }

  #setOpen(row: HTMLElement, isOpen: boolean): void {
    const path = row.dataset.path ?? ''
    const field = this.#fields.get(path)
    if (!field || field.children.length === 0) return
    row.setAttribute('aria-expanded', String(isOpen))
    const group = row.querySelector(':scope > ul')
    if (!isOpen || group) return
    const level = Number(row.getAttribute('aria-level')) + 1
    const children = field.children.map((child, index) => this.#row(child, `${path}.${index}`, level))
    row.append(h('ul', { role: 'group' }, ...children))
    // where there is but one way on, it is taken
    const further = children.filter((child) => child.hasAttribute('aria-expanded'))
    if (further.length === 1 && further[0]) this.#setOpen(further[0], true)
  }

  #select(row: HTMLElement): void {
    if (this.#current === row) return
    this.#current?.setAttribute('aria-selected', 'false')
    for (const other of this.root.querySelectorAll('[tabindex="0"]')) other.setAttribute('tabindex', '-1')
    row.setAttribute('aria-selected', 'true')
    row.setAttribute('tabindex', '0')
    this.#current = row
    const path = row.dataset.path ?? ''
    const field = this.#fields.get(path)
    if (field) this.#listener.selected(field, path)
  }

  #onClick({ target }: MouseEvent): void {
    if (!(target instanceof Element) || target.closest('a')) return
    const row = target.closest<HTMLElement>('[role=treeitem]')
    if (!row) return
    const isOpen = row.getAttribute('aria-expanded') === 'true'
    if (row === this.#current || target.closest('.field-toggle') || !isOpen) this.#setOpen(row, !isOpen)
    row.focus()
  }

  #onKey(event: KeyboardEvent): void {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>('[role=treeitem]') : null
    if (!row || event.target !== row) return
    const next = this.#nextOf(row, event.key)
    if (next === undefined) return
    event.preventDefault()
    next.focus()
  }

  /** Where a key leads; undefined for keys that mean nothing here. */
  #nextOf(row: HTMLElement, key: string): HTMLElement | undefined {
    const isOpen = row.getAttribute('aria-expanded') === 'true'
    const shown = [...this.root.querySelectorAll<HTMLElement>('[role=treeitem]')].filter(
      (each) => !each.parentElement?.closest('[aria-expanded=false]'),
    )
    const at = shown.indexOf(row)
    switch (key) {
      case 'ArrowDown':
        return shown[at + 1] ?? row
      case 'ArrowUp':
        return shown[at - 1] ?? row
      case 'Home':
        return shown[0]
      case 'End':
        return shown.at(-1)
      case 'ArrowRight':
        if (isOpen) return shown[at + 1] ?? row
        this.#setOpen(row, true)
        return row
      case 'ArrowLeft':
        if (!isOpen) return row.parentElement?.closest<HTMLElement>('[role=treeitem]') ?? row
        this.#setOpen(row, false)
        return row
      case 'Enter':
      case ' ':
        this.#setOpen(row, !isOpen)
        return row
      default:
        return undefined
    }
  }
}

/** An extension goes by its own name: that it is one is said by where it stands. */
function nameAndValue({ name, value }: DecodedField): HTMLElement[] {
  if (/^extension$/i.test(name)) return [h('span', { class: 'field-name' }, value)]
  return [h('span', { class: 'field-name' }, name), h('span', { class: 'field-value' }, value)]
}
