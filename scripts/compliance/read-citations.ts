import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Citation } from './requirement.js'

export interface Citations {
  readonly citations: readonly Citation[]
  readonly faults: readonly string[]
}

/** Where citations are looked for, and what they say there. */
const kinds: readonly (readonly [folder: string, kind: Citation['kind']])[] = [
  ['src/', 'implementation'],
  ['test-unit/', 'test'],
  ['test-e2e/', 'test'],
]

/** The citations in a project's files. @param root its folder @param rfc for example `rfc9846` */
export function readCitations(root: string, rfc: string): Citations {
  const files = kinds.flatMap(([folder]) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.[cm]?ts$/.test(name))
      .sort()
      .map((name) => folder + name.replaceAll('\\', '/')),
  )
  const found = files.map((file) => citationsIn(file, readFileSync(join(root, file), 'utf8'), rfc))
  return {
    citations: found.flatMap(({ citations }) => citations),
    faults: found.flatMap(({ faults }) => faults),
  }
}

/** Duvet's form of comment, with ids: the mark, `rfc9846#section-4.3.8` and then `4.3.8-3 4.3.8-4`. */
export function citationsIn(file: string, text: string, rfc: string): Citations {
  const kind = kinds.find(([folder]) => file.startsWith(folder))?.[1]
  const citations: Citation[] = []
  const faults: string[] = []
  const lines = text.split('\n')
  for (const [index, whole] of lines.entries()) {
    if (!whole.includes(mark)) continue
    const place = `${file}:${index + 1}`
    const line = whole.trim()
    const parsed = form.exec(line)
    if (!kind || !line.startsWith(mark)) faults.push(`${place}: a citation needs a line of its own`)
    else if (!parsed) faults.push(`${place}: malformed citation: ${line}`)
    else if (parsed[1] !== rfc) faults.push(`${place}: there is no catalogue of ${parsed[1]}`)
    else {
      const [, , section = '', ids = ''] = parsed
      const code = codeBelow(lines, index)
      if (code === '') faults.push(`${place}: there is nothing below the citation`)
      for (const id of ids.trim().split(' ')) {
        if (id.startsWith(`${section}-`)) citations.push({ id, kind, file, line: index + 1, code })
        else faults.push(`${place}: ${id} is not of section ${section}`)
      }
    }
  }
  return { citations, faults }
}

const mark = '//='
const form = /^\/\/= (\w+)#section-([A-Z\d.]+)((?: [A-Z\d.]+-\d+)+)$/

/** Several citations may stand above one line. */
function codeBelow(lines: readonly string[], index: number): string {
  let below = index + 1
  while (lines[below]?.trim().startsWith(mark)) below++
  return lines[below]?.trim() ?? ''
}
