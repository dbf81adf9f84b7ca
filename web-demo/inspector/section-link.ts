import { h } from '../page/dom.js'

/** `RFC 9846 section 4.2.2` as a link to it, shown short. */
export function sectionLink(section: string): HTMLElement {
  const match = /^RFC (\d+)(?: section (\S+))?$/.exec(section)
  const [, rfc, number] = match ?? []
  if (rfc === undefined) return h('span', { class: 'field-section' }, section)
  const isAppendix = number !== undefined && /^[A-Z]/.test(number)
  const anchor = number === undefined ? '' : `#${isAppendix ? 'appendix' : 'section'}-${number}`
  return h(
    'a',
    {
      class: 'field-section',
      href: `https://www.rfc-editor.org/rfc/rfc${rfc}${anchor}`,
      target: '_blank',
      rel: 'noreferrer',
      title: section,
    },
    rfc === '9846' && number !== undefined ? `§ ${number}` : `RFC ${rfc}${number === undefined ? '' : ` § ${number}`}`,
  )
}
