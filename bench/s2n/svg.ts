/** The little of SVG that a plot needs. @param title for those who cannot see it */
export function svg(title: string, width: number, height: number, parts: readonly (readonly string[])[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif">`,
    `<title>${escaped(title)}</title>`,
    // a ground of its own: the page may be dark
    `<rect width="${width}" height="${height}" rx="10" fill="#fff"/>`,
    ...parts.flat().filter(Boolean),
    '</svg>\n',
  ].join('\n')
}

export interface Text {
  readonly x: number
  readonly y: number
  readonly content: string
  readonly size: number
  readonly fill: string
  readonly weight?: number
  readonly anchor?: 'middle' | 'end'
}

svg.text = ({ x, y, content, size, fill, weight, anchor }: Text): string =>
  `<text x="${round(x)}" y="${round(y)}" font-size="${size}" fill="${fill}"${weight ? ` font-weight="${weight}"` : ''}${anchor ? ` text-anchor="${anchor}"` : ''}>${escaped(content)}</text>`

svg.line = (x1: number, y1: number, x2: number, y2: number, stroke: string, width: number, opacity = 1): string =>
  `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${stroke}" stroke-width="${width}"${opacity < 1 ? ` stroke-opacity="${opacity}"` : ''} stroke-linecap="round"/>`

svg.bar = (x: number, y: number, width: number, height: number, fill: string, opacity: number): string =>
  `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${height}" rx="2" fill="${fill}"${opacity < 1 ? ` fill-opacity="${opacity}"` : ''}/>`

export interface Scale {
  at(value: number): number
  readonly ticks: readonly number[]
}

/** Equal factors are equal distances. @param digits that have a tick in each power of ten */
export function logScale(
  [least, most]: readonly [number, number],
  [left, right]: readonly [number, number],
  digits: readonly number[],
): Scale {
  const round = [1, 2, 5]
  const first = roundNumbers(least, round).findLast((value) => value <= least) ?? least
  const last = roundNumbers(most, round).find((value) => value >= most) ?? most
  const ticks: number[] = []
  for (let power = 10 ** Math.floor(Math.log10(first)); power <= last; power *= 10) {
    ticks.push(...digits.map((digit) => digit * power).filter((value) => value >= first && value <= last))
  }
  return {
    at: (value) => left + ((right - left) * Math.log(value / first)) / Math.log(last / first),
    ticks,
  }
}

/** Those around a value. */
const roundNumbers = (value: number, digits: readonly number[]): readonly number[] =>
  [0, 1].flatMap((more) => digits.map((digit) => digit * 10 ** (Math.floor(Math.log10(value)) + more)))

const round = (value: number): string => value.toFixed(1).replace(/\.0$/, '')
const escaped = (content: string): string => content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
