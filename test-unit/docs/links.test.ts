import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

const inFolder = (folder: string): string[] =>
  readdirSync(join(root, folder)).flatMap((name) => (name.endsWith('.md') ? [join(folder, name)] : []))

const documents = [...inFolder('.'), ...inFolder('docs'), ...inFolder('docs/decisions'), 'web-demo/README.md']

it.each(documents)('%s links to what is there', (document) => {
  const text = withoutCode(readFileSync(join(root, document), 'utf8'))
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
  expect(links.filter((link) => !/^https?:/.test(link) && !isThere(document, link))).toEqual([])
})

function isThere(document: string, link: string): boolean {
  const [path = '', anchor] = link.split('#')
  const file = path === '' ? join(root, document) : join(root, dirname(document), path)
  if (!existsSync(file) || relative(root, file).startsWith('..')) return false
  return anchor === undefined || anchorsOf(readFileSync(file, 'utf8')).has(anchor)
}

/** As GitHub makes them of headings. */
function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>()
  for (const [, heading = ''] of withoutCode(text).matchAll(/^#{1,6} (.*)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- _]/gu, '')
      .replaceAll(' ', '-')
    for (let count = 0; ; count++) {
      const anchor = count === 0 ? slug : `${slug}-${count}`
      if (anchors.has(anchor)) continue
      anchors.add(anchor)
      break
    }
  }
  return anchors
}

const withoutCode = (text: string): string => text.replace(/^```[\s\S]*?^```/gm, '')
