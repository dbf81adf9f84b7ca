import { type HttpResponse, header } from '../http/read-response.js'
import type { ReceivedBody } from '../page/body-receiver.js'
import { h } from '../page/dom.js'
import { formatBytes, formatSpeed } from '../page/format.js'
import { asText } from '../page/hex-dump.js'
import { hexView, hexWidth } from './hex.js'

/** The HTTP answer: what came, how fast, whether it is whole, and a look at it. */
export class AnswerView {
  readonly root: HTMLElement = h('div', { class: 'answer' })
  readonly #progress = h('div', { class: 'progress' })
  readonly #preview = h('div', { class: 'preview' })
  #response: HttpResponse | undefined
  #previewed = -1
  #drawn = 0
  /** What was not drawn, since something else had been a moment before. */
  #latest: ReceivedBody | undefined

  responded(response: HttpResponse): void {
    this.#response = response
    this.#drawn = 0
    const { version, status, reason, fields } = response.head
    const rows = fields.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value)))
    this.root.replaceChildren(
      h(
        'p',
        { class: 'status-line', 'data-testid': 'response-status', 'data-class': `${Math.floor(status / 100)}xx` },
        h('b', {}, String(status)),
        ` ${reason} `,
        h('span', { class: 'muted' }, version),
      ),
      this.#progress,
      this.#preview,
      h(
        'details',
        { class: 'headers' },
        h('summary', {}, `${fields.length} header fields`),
        h('dl', { class: 'headers-list', 'data-testid': 'response-headers' }, ...rows),
      ),
    )
  }

  progress(body: ReceivedBody): void {
    const now = performance.now()
    // a download reports thousands of times a second
    if (!body.isDone && now - this.#drawn < drawIntervalMs) {
      this.#latest = body
      return
    }
    this.#drawn = now
    this.#latest = undefined
    this.#drawProgress(body)
    // a stream is shown as it grows; a large download only at its beginning and its end
    if (body.isDone || (body.bytes < liveBytes && body.bytes !== this.#previewed)) this.#drawPreview(body)
  }

  /** How far it came, when there will be no more. */
  stopped(): void {
    if (!this.#latest) return
    this.#drawProgress(this.#latest)
    this.#drawPreview(this.#latest)
    this.#latest = undefined
  }

  uploaded(bytes: number, total: number): void {
    const now = performance.now()
    if (bytes < total && now - this.#drawn < drawIntervalMs) return
    this.#drawn = now
    const meter = h('progress', { max: total || 1, value: bytes, 'aria-label': 'Upload' })
    this.#progress.replaceChildren(meter, h('p', {}, `Sent ${formatBytes(bytes)} of ${formatBytes(total)}`))
    if (!this.#response) this.root.replaceChildren(this.#progress)
  }

  #drawProgress(body: ReceivedBody): void {
    const { bytes, expected, elapsed, hash, announcedHash, isDone } = body
    const of = expected === undefined || isDone ? '' : ` of ${formatBytes(expected)}`
    const speed = bytes >= speedBytes ? `, ${formatSpeed(bytes, elapsed)}` : ''
    this.#progress.replaceChildren(
      ...(isDone || expected === undefined
        ? []
        : [h('progress', { max: expected || 1, value: bytes, 'aria-label': 'Download' })]),
      h('p', { 'data-testid': 'response-size', 'data-bytes': bytes }, `${formatBytes(bytes)}${of}${speed}`),
      ...(hash === undefined || bytes === 0 ? [] : [hashLine(hash, announcedHash)]),
    )
  }

  #drawPreview(body: ReceivedBody): void {
    this.#previewed = body.bytes
    const bytes = body.preview()
    const type = this.#response === undefined ? '' : (header(this.#response.head, 'content-type') ?? '')
    this.#preview.replaceChildren(...previewOf(bytes, type, body))
  }
}

function hashLine(hash: string, announced: string | undefined): HTMLElement {
  const matches = announced === hash
  const verdict =
    announced === undefined ? undefined : matches ? 'as the server announced' : 'not what the server announced'
  return h(
    'p',
    { class: 'hash' },
    h('span', { class: 'muted' }, 'SHA-256 '),
    h('code', { 'data-testid': 'response-hash' }, hash),
    verdict && h('span', { class: matches ? 'good' : 'bad', 'data-testid': 'response-hash-verdict' }, verdict),
  )
}

function previewOf(bytes: Uint8Array<ArrayBuffer>, type: string, body: ReceivedBody): Node[] {
  if (bytes.length === 0) return []
  if (type.startsWith('image/') && body.isDone && body.bytes === bytes.length) {
    const url = URL.createObjectURL(new Blob([bytes], { type }))
    const image = h('img', { src: url, alt: 'The answer, an image' })
    image.addEventListener('load', () => URL.revokeObjectURL(url))
    return [image]
  }
  const text = asText(bytes)
  if (text === undefined) {
    const shown = bytes.subarray(0, hexBytes)
    return [hexView(shown, Math.min(hexWidth(), 16)), ...rest(shown.length, body)]
  }
  const shown = body.bytes > longBytes ? text.slice(0, excerptLength) : text
  const source = h('pre', { class: 'text', tabindex: 0, 'data-testid': 'response-body' }, shown)
  if (!type.startsWith('text/html')) return [source, ...rest(shown.length, body)]
  // no scripts, no origin, no network: the page's own policy holds inside as well
  const frame = h('iframe', { sandbox: '', title: 'The answer, rendered', srcdoc: framed(text) })
  return [frame, h('details', {}, h('summary', {}, 'Source'), source)]
}

/** The page's styles do not reach into the frame: a sheet of its own makes plain HTML readable there. */
const framed = (html: string): string =>
  `<!doctype html><link rel="stylesheet" href="${new URL('preview.css', document.baseURI)}">${html}`

function rest(shown: number, body: ReceivedBody): Node[] {
  return body.bytes > shown
    ? [h('p', { class: 'muted' }, `The first ${formatBytes(shown)} of ${formatBytes(body.bytes)}.`)]
    : []
}

const drawIntervalMs = 60
const hexBytes = 256
/** Longer text is not read here: its beginning will do. */
const longBytes = 200_000
const excerptLength = 4000
const liveBytes = 64_000
const speedBytes = 500_000
