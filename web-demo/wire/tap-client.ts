import type { TapMessage } from '../server/relay-tap.js'
import type { RelayView } from './relay-view.js'

/** Fills `view` with what the demo's relay saw of a connection, until it is closed. */
export function followTap(url: string, view: RelayView, onChange: () => void): { close(): void } {
  const source = new EventSource(url)
  source.addEventListener('message', (event: MessageEvent<string>) => {
    const message = JSON.parse(event.data) as TapMessage
    if (message.kind === 'bytes') {
      view.add(message.direction === 'to-target' ? 'sent' : 'received', fromBase64(message.base64))
    } else {
      view.setTotal('sent', message.toTarget)
      view.setTotal('received', message.toClient)
    }
    onChange()
  })
  // it would connect again and be told everything twice
  source.addEventListener('error', () => source.close())
  return source
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}
