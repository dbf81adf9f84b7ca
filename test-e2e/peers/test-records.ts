import { expect } from 'vitest'
import type { TlsEvent } from '../../src/index.js'
import { testFeature } from './describe-stack.js'
import type { Feature, Role } from './features.js'
import { callPeer, callUs, withPeerServer } from './run-peer.js'
import type { PeerOptions, Stack } from './stack.js'

/** Padding, lengths of records, and changes of keys within the data. */
export function testRecords(stack: Stack): void {
  const both = (feature: Feature, name: string, options: BothOptions) => {
    for (const role of ['server', 'client'] as const) {
      testFeature(stack, role, feature, name, () => exchangeWith(stack, role, options))
    }
  }
  both('ourPadding', 'it takes our padded records', { ours: { padding: (length) => (length < 8000 ? 8000 : length) } })
  both('peerPadding', 'we take its padded records', { peer: { padding: true } })
  both('ourFragments', 'it takes data in records of 100 bytes', { ours: { writeSize: 100 } })
  both('peerFragments', 'we take its short records', { peer: { smallRecords: true } })
  both('bufferedSends', 'we take what it has kept back', { peer: { bufferedSends: true } })
  both('ourKeyUpdates', 'it follows, and answers when asked', {
    ours: { keyUpdates: 3, requestKeyUpdates: true },
  })
  both('peerKeyUpdates', 'we follow', { peer: { keyUpdates: 3 }, keyUpdatesReceived: 3 })
  both('requestedKeyUpdates', 'we follow and answer', {
    peer: { keyUpdates: 2, requestKeyUpdates: true },
    keyUpdatesReceived: 2,
    keyUpdatesSent: 1,
  })
}

interface BothOptions {
  readonly ours?: {
    readonly padding?: (length: number) => number
    readonly writeSize?: number
    readonly keyUpdates?: number
    readonly requestKeyUpdates?: boolean
  }
  readonly peer?: PeerOptions
  readonly keyUpdatesReceived?: number
  /** At least. */
  readonly keyUpdatesSent?: number
}

async function exchangeWith(stack: Stack, role: Role, options: BothOptions): Promise<void> {
  const { ours = {}, peer = {} } = options
  const events: TlsEvent[] = []
  const withEvents = { ...ours, onEvent: (event: TlsEvent) => void events.push(event) }
  if (role === 'server') await withPeerServer(stack, peer, (server) => callPeer(stack, server, withEvents))
  else await callUs(stack, { ...withEvents, peer })
  const keyUpdates = (direction: 'sent' | 'received') =>
    events.filter((event) => event.kind === 'message' && event.name === 'key_update' && event.direction === direction)
      .length
  if (options.keyUpdatesReceived !== undefined) expect(keyUpdates('received')).toBe(options.keyUpdatesReceived)
  if (options.keyUpdatesSent !== undefined) {
    expect(keyUpdates('sent')).toBeGreaterThanOrEqual(options.keyUpdatesSent)
  }
}
