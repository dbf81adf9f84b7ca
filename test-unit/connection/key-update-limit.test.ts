import { describe, expect, it } from 'vitest'
import { KeyUpdates } from '../../src/connection/key-updates.js'
import { cipherSuites } from '../../src/crypto/cipher-suites.js'
import { Secret } from '../../src/crypto/secret.js'
import type { MessageChannel } from '../../src/handshake/message-channel.js'
import { encodeMessage } from '../../src/messages/handshake-message.js'
import { testProvider } from '../support/provider.js'
import { required } from '../support/scripted-server.js'

/** A channel that counts what is done to it. */
function countingChannel() {
  const done = { sent: 0, read: 0 }
  const channel = {
    send: () => {
      done.sent++
    },
    installReadKeys: () => {
      done.read++
    },
    installWriteKeys: () => undefined,
    sink: { keys: undefined, handedOver: async () => undefined },
  }
  return { done, channel: channel as unknown as MessageChannel }
}

async function updatesUpTo(maxGenerations: number) {
  const { done, channel } = countingChannel()
  const suite = required(cipherSuites[0])
  const secret = () => Secret.import(testProvider, suite.hash, new Uint8Array(suite.hash.length).fill(1))
  const state = { suite, readSecret: await secret(), writeSecret: await secret() }
  return { done, updates: new KeyUpdates(channel, testProvider, state, undefined, maxGenerations) }
}

const asking = encodeMessage('key_update', { requestUpdate: 1 })

describe('the greatest number of KeyUpdates (4.7.3)', () => {
  //= rfc9846#section-4.7.3 4.7.3-9
  it('is kept by the sender, which fails before it exceeds it', async () => {
    const { done, updates } = await updatesUpTo(3)
    for (let count = 0; count < 3; count++) await updates.update(false)
    await expect(updates.update(false)).rejects.toMatchObject({ code: 'internal' })
    expect(done.sent).toBe(3)
  })

  //= rfc9846#section-4.7.3 4.7.3-11 4.7.3-12
  it('has requests ignored that could only be answered beyond it', async () => {
    const { done, updates } = await updatesUpTo(2)
    for (let count = 0; count < 5; count++) {
      await updates.receive(asking)
      // an answer goes out by itself
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(done.sent).toBe(2)
  })

  //= rfc9846#section-4.7.3 4.7.3-10
  it('is not held against the peer', async () => {
    const { done, updates } = await updatesUpTo(2)
    for (let count = 0; count < 9; count++) await updates.receive(encodeMessage('key_update', { requestUpdate: 0 }))
    expect(done.read).toBe(9)
  })
})
