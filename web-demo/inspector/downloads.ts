import type { ConnectionCapture } from '../../src/inspect.js'
import { byId, h } from '../page/dom.js'
import { formatBytes } from '../page/format.js'

/** The connection as files. Its secrets are kept only when asked for beforehand, for one connection after the other. */
export class Downloads {
  readonly #keep = byId('keep-secrets', HTMLInputElement)
  readonly #files = byId('capture-files', HTMLElement)
  #capture: ConnectionCapture | undefined

  constructor() {
    // a browser may fill it in again after a reload; asking is for now alone
    this.#keep.checked = false
  }

  get isWanted(): boolean {
    return this.#keep.checked
  }

  begin(capture: ConnectionCapture | undefined): void {
    this.#capture = capture
    this.#files.replaceChildren(
      ...(capture
        ? [
            fileButton('Capture (.pcapng)', 'download-pcapng', () =>
              save('webtls.pcapng', 'application/x-pcapng', capture.toPcapng()),
            ),
            fileButton('Key log (.txt)', 'download-key-log', () =>
              save('webtls-keys.txt', 'text/plain', `${capture.keyLogLines.join('\n')}\n`),
            ),
            h('span', { class: 'muted', id: 'capture-note' }),
          ]
        : [h('span', { class: 'muted' }, 'Nothing was kept of this connection: tick the box and connect again.')]),
    )
  }

  update(): void {
    const note = document.getElementById('capture-note')
    if (!this.#capture || !note) return
    const { isWhole, totalBytes } = this.#capture
    note.textContent = isWhole ? formatBytes(totalBytes) : `the first 16 MiB of ${formatBytes(totalBytes)}`
  }
}

function fileButton(label: string, id: string, save: () => void): HTMLButtonElement {
  const button = h('button', { type: 'button', class: 'quiet', 'data-testid': id }, label)
  button.addEventListener('click', save)
  return button
}

function save(name: string, type: string, content: BlobPart): void {
  const url = URL.createObjectURL(new Blob([content], { type }))
  h('a', { href: url, download: name }).click()
  // once the browser has begun with it
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
