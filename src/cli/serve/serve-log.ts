import type { TlsSocketInfo } from '../../connection/tls-socket.js'
import type { ConnectionAddress } from '../../node/listen-options.js'
import { exitCodeOf } from '../exit-codes.js'
import { failureJson } from '../failure.js'
import { type CliIo, printable, say, sayJson } from '../io.js'

/** What happens, as lines for people on standard error or as JSON for programs on standard output. */
export class ServeLog {
  readonly #io: CliIo
  readonly #style: 'text' | 'json' | 'quiet'

  constructor(io: CliIo, style: 'text' | 'json' | 'quiet') {
    this.#io = io
    this.#style = style
  }

  listening(url: string, details: Readonly<Record<string, unknown>>, lines: readonly string[]): void {
    if (this.#style === 'json') sayJson(this.#io.stdout, { event: 'listening', url, ...details })
    else if (this.#style === 'text') say(this.#io, `listening on ${url}`, ...lines)
  }

  opened(from: ConnectionAddress, info: TlsSocketInfo): void {
    const { cipherSuite, group, alpnProtocol, serverName, resumed, helloRetried, earlyData } = info
    const client = info.peerCertificates[0]?.subject
    const facts = { cipherSuite, group, alpnProtocol, serverName, resumed, helloRetried, earlyData, client }
    const words = [
      `${cipherSuite}, ${group ?? 'psk_ke'}`,
      ...(serverName === undefined ? [] : [`for ${printable(serverName)}`]),
      ...(alpnProtocol === undefined ? [] : [printable(alpnProtocol)]),
      ...(resumed ? ['resumed'] : []),
      ...(earlyData === 'none' ? [] : [`early data ${earlyData}`]),
      ...(client === undefined ? [] : [`client ${printable(client)}`]),
    ]
    this.#tell('opened', from, facts, words.join(', '))
  }

  request(from: ConnectionAddress, request: { method: string; target: string; status: number; bytes: number }): void {
    const { method, target, status, bytes } = request
    this.#tell('request', from, request, `${status} ${method} ${printable(target)}, ${bytes} bytes`)
  }

  closed(from: ConnectionAddress): void {
    this.#tell('closed', from, {}, 'closed')
  }

  async failed(from: ConnectionAddress | undefined, error: unknown): Promise<void> {
    const { event: _, ...facts } = await failureJson(error)
    const code = 'code' in facts ? facts.code : exitCodeOf(error)
    this.#tell('error', from, facts, `${code}: ${printable(facts.message)}`)
  }

  #tell(event: string, from: ConnectionAddress | undefined, facts: object, words: string): void {
    const peer = from ? `${from.remoteAddress ?? 'pipe'}:${from.remotePort ?? ''}` : 'listener'
    if (this.#style === 'json') {
      sayJson(this.#io.stdout, { event, time: new Date().toISOString(), peer, ...facts })
    } else if (this.#style === 'text') {
      say(this.#io, `${new Date().toISOString().slice(11, 23)} ${peer} ${words}`)
    }
  }
}
