import type { HttpHandler } from '../../src/http.js'
import { formatBytes } from '../page/format.js'
import type { SharedFiles } from './shared-files.js'

/** What the tab answers: a page that lists the shared files, and the files. */
export function answers(files: SharedFiles): HttpHandler {
  return (request) => {
    const { pathname } = new URL(request.url)
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return new Response('Only GET and HEAD.\n', { status: 405, headers: { allow: 'GET, HEAD' } })
    }
    if (pathname === '/') return new Response(page(files), { headers: htmlHeaders })
    const file = files.find(pathname)
    if (file === undefined) return new Response('This tab has no such file.\n', { status: 404 })
    return fileAnswer(file, request.headers.get('range'))
  }
}

/** A part of it where one is asked for, so that a download can go on and a film be sought through. */
function fileAnswer(file: File, range: string | null): Response {
  const headers = {
    'content-type': file.type === '' ? 'application/octet-stream' : file.type,
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`,
    'accept-ranges': 'bytes',
    'x-content-type-options': 'nosniff',
  }
  const match = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(range ?? '')
  if (match === null) {
    return new Response(file.stream(), { headers: { ...headers, 'content-length': String(file.size) } })
  }
  const start = Number(match[1])
  const end = match[2] === '' ? file.size - 1 : Math.min(Number(match[2]), file.size - 1)
  if (start > end) return new Response(null, { status: 416, headers: { 'content-range': `bytes */${file.size}` } })
  const part = { 'content-range': `bytes ${start}-${end}/${file.size}`, 'content-length': String(end - start + 1) }
  return new Response(file.slice(start, end + 1).stream(), { status: 206, headers: { ...headers, ...part } })
}

function page(files: SharedFiles): string {
  const items = files
    .entries()
    .map(([path, { name, size }]) => `<li><a href="${escaped(path)}">${escaped(name)}</a> ${formatBytes(size)}</li>`)
  const list = items.length === 0 ? '<p>It shares no file yet.</p>' : `<ul>${items.join('')}</ul>`
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>From a browser tab</title><style>${style}</style>
<h1>You are talking to a browser tab</h1>
<p>It ends TLS 1.3 itself. What lies between carried ciphertext only.</p>${list}</html>`
}

const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

const style = `:root{color-scheme:light dark}body{font:16px/1.6 system-ui,sans-serif;max-width:40rem;margin:15vh auto;padding:0 1rem}
h1{font-size:1.5rem;letter-spacing:-.01em}li{margin:.25rem 0}`

const htmlHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
}
