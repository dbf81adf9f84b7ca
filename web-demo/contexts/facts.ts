import { h } from '../page/dom.js'

/** `data-testid`, what it is, its value. */
export type Fact = readonly [id: string, name: string, value: string]

export const factsView = (facts: readonly Fact[]): HTMLElement =>
  h(
    'dl',
    { class: 'facts' },
    ...facts.map(([id, name, value]) => h('div', {}, h('dt', {}, name), h('dd', { 'data-testid': id }, value))),
  )
