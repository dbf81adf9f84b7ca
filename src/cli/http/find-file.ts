import { type FileHandle, open, realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { Refusal } from './refusal.js'

export interface FoundFile {
  readonly handle: FileHandle
  readonly path: string
  readonly size: number
  readonly modified: Date
}

/**
 * The file that a request's target stands for. Nothing outside the root is reached, by no spelling and no symbolic
 * link; names that begin with a dot are not served.
 * @param root as `realpath` has it
 * @throws Refusal
 */
export async function findFile(root: string, target: string): Promise<FoundFile> {
  const [rawPath = '/'] = target.replace(/^https?:\/\/[^/?#]*/i, '').split(/[?#]/)
  const segments = segmentsOf(rawPath === '' ? '/' : rawPath)
  const isFolder = segments.at(-1) === ''
  const named = isFolder ? [...segments.slice(0, -1), 'index.html'] : segments
  const path = await realpath(join(root, ...named)).catch(() => {
    throw notFound()
  })
  if (!path.startsWith(root.endsWith(sep) ? root : root + sep)) throw notFound()
  const handle = await open(path, 'r').catch(() => {
    throw notFound()
  })
  try {
    const stats = await handle.stat()
    if (stats.isDirectory() && !isFolder) throw new Refusal(301, 'this is a folder', { location: `${rawPath}/` })
    if (!stats.isFile()) throw notFound()
    return { handle, path, size: stats.size, modified: stats.mtime }
  } catch (error) {
    await handle.close()
    throw error
  }
}

function segmentsOf(rawPath: string): readonly string[] {
  if (!rawPath.startsWith('/')) throw new Refusal(400, 'the target is no path')
  const segments = rawPath.slice(1).split('/').map(decode)
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1
    // an empty one inside would let `//host` become a redirect to another site; a colon means a drive or a stream
    const isEmptyInside = segment === '' && !isLast
    if (isEmptyInside || segment.startsWith('.') || /[/\\:\p{Cc}]/u.test(segment)) throw notFound()
  }
  return segments
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new Refusal(400, 'the path is not well encoded')
  }
}

const notFound = () => new Refusal(404, 'there is no such file')
