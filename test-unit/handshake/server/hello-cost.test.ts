import { expect, it } from 'vitest'
import { readClientHello } from '../../../src/handshake/server/offered-hello.js'
import { makeExtension } from '../../../src/messages/extensions/extension.js'
import { keyShare } from '../../../src/messages/extensions/key-share.js'
import { supportedGroups } from '../../../src/messages/extensions/supported-groups.js'
import { decodeMessage, encodeMessage } from '../../../src/messages/handshake-message.js'
import { clientHelloOf } from '../../support/client-hello.js'
import { testProvider } from '../../support/provider.js'
import { withExtensions } from '../../support/refusal-table.js'

it('a ClientHello of thousands of groups and key shares is read in time that grows with their sum, not their product', () => {
  const [groupCount, shareCount] = [15_000, 6000]
  const groups = Array.from({ length: groupCount }, (_, index) => 0x4000 + index)
  const shares = groups.slice(-shareCount).map((group) => ({ group, keyExchange: Uint8Array.of(1) }))
  const honest = clientHelloOf({}, testProvider.getRandomValues(new Uint8Array(32)), new Map(), false)
  const hello = withExtensions(
    makeExtension(supportedGroups, supportedGroups.clientHello, groups),
    makeExtension(keyShare, keyShare.clientHello, shares),
  )(honest)
  const message = decodeMessage('client_hello', encodeMessage('client_hello', hello))
  const milliseconds = Array.from({ length: 8 }, () => {
    const before = process.cpuUsage()
    expect(readClientHello(message).keyShares).toHaveLength(shareCount)
    return process.cpuUsage(before).user / 1000
  })
  // 2 ms; each against each, 60
  expect(Math.min(...milliseconds)).toBeLessThan(20)
})
