import { connectTls, type TlsSocket, type TlsSocketInfo } from '../../src/index.js'
import { type Authority, createAuthority } from '../page/authority.js'
import { byId } from '../page/dom.js'
import { formatBytes, formatFingerprint, formatMilliseconds, formatSpeed } from '../page/format.js'
import { failureView } from '../views/failure.js'
import { countedStream } from './counted-stream.js'
import { type EchoTransfer, echoTransfer } from './echo-transfer.js'
import { explainContext } from './explain-context.js'
import { type Fact, factsView } from './facts.js'
import { serveTab } from './serve-tab.js'
import { type Way, type WayName, ways } from './ways.js'

const transferBytes = 4_000_000

/** One other context: its buttons, and what became of the connection to it. */
class Card {
  readonly #name: WayName
  readonly #authority: Authority
  readonly #status: HTMLElement
  readonly #result: HTMLElement
  readonly #buttons: HTMLButtonElement[]
  #open: { readonly socket: TlsSocket; readonly way: Way } | undefined

  constructor(name: WayName, authority: Authority) {
    this.#name = name
    this.#authority = authority
    this.#status = byId(`${name}-status`, HTMLElement)
    this.#result = byId(`${name}-result`, HTMLElement)
    const connect = byId(`${name}-connect`, HTMLButtonElement)
    const impostor = byId(`${name}-impostor`, HTMLButtonElement)
    this.#buttons = [connect, impostor]
    connect.addEventListener('click', () => void this.run(false))
    impostor.addEventListener('click', () => void this.run(true))
    for (const button of this.#buttons) button.disabled = false
  }

  async run(isImpostor: boolean): Promise<void> {
    for (const button of this.#buttons) button.disabled = true
    this.#say('busy', 'Connecting …')
    this.#result.replaceChildren()
    let way: Way | undefined
    try {
      await this.#leave()
      const name = `${this.#name}.internal`
      // an impostor has a key like anyone, and a CA of its own
      const signer = isImpostor ? await createAuthority('CA of an impostor') : this.#authority
      way = await ways[this.#name](name, (request) => signer.sign(request, name))
      const { stream, count } = countedStream(way.stream)
      const socket = connectTls(stream, {
        serverName: name,
        trustAnchors: this.#authority.pem,
        // a context that could not begin to serve says nothing
        handshakeTimeoutMilliseconds: 15_000,
      })
      const info = await socket.opened
      this.#say('busy', `Connected. ${formatBytes(transferBytes)} go there and back …`)
      const transfer = await echoTransfer(socket, transferBytes)
      this.#result.replaceChildren(factsView(await factsOf(info, transfer, count)))
      this.#say(transfer.isSame ? 'done' : 'failed', transfer.isSame ? 'Connected.' : 'What came back is not the same.')
      this.#watch(socket, way)
    } catch (error) {
      way?.close()
      this.#fail(error)
    } finally {
      for (const button of this.#buttons) button.disabled = false
    }
  }

  /** The connection stays open until the next one, or until the other context goes away. */
  #watch(socket: TlsSocket, way: Way): void {
    const open = { socket, way }
    this.#open = open
    socket.closed.then(
      () => undefined,
      (error) => {
        if (this.#open !== open) return
        this.#open = undefined
        way.close()
        this.#fail(error)
      },
    )
  }

  async #leave(): Promise<void> {
    const open = this.#open
    this.#open = undefined
    if (open === undefined) return
    await open.socket.close().catch(() => undefined)
    open.way.close()
  }

  #fail(error: unknown): void {
    const failure = explainContext(error)
    this.#say('failed', failure.code === 'transport_failed' ? 'Lost.' : 'Not connected.')
    this.#result.replaceChildren(failureView(failure))
  }

  #say(state: 'busy' | 'done' | 'failed', text: string): void {
    this.#status.dataset.state = state
    this.#status.textContent = text
  }
}

async function factsOf(
  info: TlsSocketInfo,
  { bytes, milliseconds }: EchoTransfer,
  count: { readonly sent: number; readonly received: number },
): Promise<readonly Fact[]> {
  const [leaf, issuer] = info.verifiedPath
  const fingerprint = formatFingerprint((await leaf?.fingerprint()) ?? '')
  return [
    ['cipher-suite', 'Cipher suite', info.cipherSuite],
    ['group', 'Key exchange', info.group ?? 'none'],
    ['certificate', 'Certificate', `${info.serverName}, ${leaf?.publicKeyName ?? ''}`],
    ['fingerprint', 'Its SHA-256', `${fingerprint.slice(0, 23)}…`],
    ['issuer', 'Signed by', issuer?.subject.replace(/^.*CN=([^,]+).*$/, '$1') ?? ''],
    ['handshake-time', 'Handshake', formatMilliseconds(info.times.finished - info.times.started)],
    ['sealed', 'Sealed, on the channel', `${exact(count.sent)} sent, ${exact(count.received)} received`],
    [
      'speed',
      `${formatBytes(bytes)} there and back`,
      `${formatMilliseconds(milliseconds)}, ${speed(bytes, milliseconds)}`,
    ],
  ]
}

const exact = (bytes: number) => bytes.toLocaleString('en').replaceAll(',', '\u2009')

const speed = (bytes: number, milliseconds: number) => `${formatSpeed(bytes, milliseconds)} each way`

const asked = new URLSearchParams(location.hash.slice(1))
const id = asked.get('serve')
if (id === null) {
  const authority = await createAuthority('CA of this page')
  const cards = (['worker', 'tab', 'peer'] as const).map((name) => new Card(name, authority))
  document.documentElement.dataset.ready = 'true'
  // a worker needs no one's leave: something is there to look at
  void cards[0]?.run(false)
} else {
  await serveTab(id, asked.get('name') ?? 'tab.internal')
  document.documentElement.dataset.ready = 'true'
}
