import { byId } from '../page/dom.js'
import { countOccurrences } from '../wire/find-bytes.js'
import type { Recorder } from '../wire/recorder.js'
import type { RelayView } from '../wire/relay-view.js'

/** Looks for the same bytes in what the page wrote and read, and in all that the relay's tap has kept. */
export class SearchView {
  readonly #input = byId('search', HTMLInputElement)
  readonly #pageResult = byId('search-page', HTMLElement)
  readonly #relayResult = byId('search-relay', HTMLElement)
  #recorder: Recorder | undefined
  #relay: RelayView | undefined

  constructor() {
    this.#input.addEventListener('input', () => this.#search())
  }

  update(recorder: Recorder, relay: RelayView): void {
    this.#recorder = recorder
    this.#relay = relay
    this.#search()
  }

  set needle(text: string) {
    this.#input.value = text
    this.#search()
  }

  #search(): void {
    const needle = new TextEncoder().encode(this.#input.value)
    const recorder = this.#recorder
    const relay = this.#relay
    if (needle.length === 0 || !recorder || !relay) {
      this.#pageResult.textContent = ''
      this.#relayResult.textContent = ''
      return
    }
    const inBytes = (parts: readonly Uint8Array[]) =>
      parts.reduce((sum, part) => sum + countOccurrences(part, needle), 0)
    const { sent, received } = recorder.plaintext
    const messages = recorder.messages.map(({ bytes }) => bytes)
    tell(this.#pageResult, inBytes([sent.bytes, received.bytes, ...messages]))
    tell(this.#relayResult, inBytes([relay.seen.sent.bytes, relay.seen.received.bytes]))
  }
}

function tell(output: HTMLElement, count: number): void {
  output.textContent = count === 0 ? 'not found' : count === 1 ? 'found once' : `found ${count} times`
  output.dataset.count = String(count)
}
