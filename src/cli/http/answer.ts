import { extname } from 'node:path'
import { parseRange } from './byte-range.js'
import type { FoundFile } from './find-file.js'
import { Refusal } from './refusal.js'

/** An answer's head, and what part of the file follows. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: { readonly start: number; readonly length: number }
}

/** RFC 9110: conditions first, then the range. */
export function answerFor({ method, headers: asked }: Pick<Request, 'method' | 'headers'>, file: FoundFile): Answer {
  const etag = `"${file.size.toString(36)}-${file.modified.getTime().toString(36)}"`
  const headers = {
    'content-type': contentTypes[extname(file.path).toLowerCase()] ?? 'application/octet-stream',
    'accept-ranges': 'bytes',
    etag,
    'last-modified': file.modified.toUTCString(),
    'x-content-type-options': 'nosniff',
  }
  const known = (asked.get('if-none-match') ?? '').split(',').map((each) => each.trim().replace(/^W\//, ''))
  if (known.includes(etag) || known.includes('*')) {
    return { status: 304, headers: { etag }, body: { start: 0, length: 0 } }
  }
  // section 13.1.5: a part of another version would not fit the rest
  const ifRange = asked.get('if-range')
  const isSame = ifRange === null || ifRange === etag
  const range = isSame ? parseRange(asked.get('range') ?? undefined, file.size) : undefined
  if (range === 'unsatisfiable') {
    throw new Refusal(416, 'the file is shorter', { 'content-range': `bytes */${file.size}` })
  }
  const start = range?.start ?? 0
  const length = range ? range.end - range.start + 1 : file.size
  return {
    status: range ? 206 : 200,
    headers: {
      ...headers,
      ...(range && { 'content-range': `bytes ${range.start}-${range.end}/${file.size}` }),
      'content-length': String(length),
    },
    body: { start, length: method === 'HEAD' ? 0 : length },
  }
}

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.gif': 'image/gif',
  '.htm': 'text/html; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.mp4': 'video/mp4',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.xml': 'application/xml',
}
