import { h } from '../page/dom.js'
import { hexDump } from '../page/hex-dump.js'

/** Bytes in hexadecimal; where the column is narrow, eight to a line. */
export function hexView(bytes: Uint8Array, width: number): HTMLElement {
  const lines = hexDump(bytes, width).flatMap(({ offset, hex, text }) => [
    h('span', { class: 'hex-offset' }, offset),
    `  ${hex} `,
    h('span', { class: 'hex-text' }, text),
    '\n',
  ])
  return h('pre', { class: 'hex' }, ...lines)
}

export const wideHex: MediaQueryList = matchMedia('(min-width: 1160px)')
export const hexWidth = (): number => (wideHex.matches ? 16 : 8)
