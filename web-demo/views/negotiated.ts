import type { TlsSocketInfo } from '../../src/index.js'
import { h } from '../page/dom.js'
import { formatMilliseconds } from '../page/format.js'

/** What the two ends agreed on. */
export function negotiatedView(info: TlsSocketInfo): HTMLElement {
  const facts: readonly (readonly [id: string, name: string, value: string])[] = [
    ['protocol', 'Protocol', info.protocol.replace('v', ' ')],
    ['cipher-suite', 'Cipher suite', info.cipherSuite],
    ['group', 'Key exchange', info.group ?? 'none'],
    ['signature-scheme', 'Server’s signature', info.signatureScheme ?? 'none'],
    ['alpn', 'ALPN', info.alpnProtocol ?? 'none'],
    ['server-name', 'Name asked for (SNI)', info.serverName ?? 'none: an address'],
    ['hello-retried', 'HelloRetryRequest', info.helloRetried ? 'yes, one round trip more' : 'no'],
    ['handshake-time', 'Handshake', formatMilliseconds(info.times.finished - info.times.started)],
  ]
  return h(
    'dl',
    { class: 'facts' },
    ...facts.map(([id, name, value]) =>
      h('div', {}, h('dt', {}, name), h('dd', { 'data-testid': `negotiated-${id}` }, value)),
    ),
  )
}
