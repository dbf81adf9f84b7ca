import { expect } from 'vitest'
import {
  type ClientSession,
  MemorySessionStore,
  SecurityPolicy,
  type SessionStore,
  TicketKeys,
} from '../../src/index.js'
import { testFeature } from './describe-stack.js'
import { callPeer, callUs, withPeerServer } from './run-peer.js'
import type { Stack } from './stack.js'
import { told } from './told.js'

const earlyBytes = 500
const maxEarlyData = 2000
const key = Uint8Array.from({ length: 32 }, (_, index) => index * 7 + 1)
const externalPsk = { identity: 'device', key }

/** Tickets, early data and keys agreed on beforehand. */
export function testSessions(stack: Stack): void {
  testFeature(stack, 'server', 'resumption', 'we resume its session', async () => {
    await withPeerServer(stack, {}, async (server) => {
      const sessionStore = new MemorySessionStore()
      await callPeer(stack, server, { sessionStore }, 1)
      const { ours, theirs } = await callPeer(stack, server, { sessionStore }, 2)
      expect(ours).toMatchObject({ resumed: true })
      expect(theirs).toMatchObject(told(theirs, { resumed: true }))
    })
  })

  testFeature(stack, 'client', 'resumption', 'it resumes our session', async () => {
    const outcomes = await callUs(stack, {
      ticketKeys: TicketKeys.generated(),
      peer: { resume: true },
      connections: 2,
    })
    expect(outcomes.at(1)?.ours).toMatchObject({ resumed: true })
    expect(outcomes.at(1)?.theirs).toMatchObject(told(outcomes.at(1)?.theirs ?? {}, { resumed: true }))
  })

  testFeature(stack, 'server', 'retriedResumption', 'we resume its session', async () => {
    await withPeerServer(stack, { groups: curves }, async (server) => {
      const sessionStore = anyKeyStore()
      await callPeer(stack, server, { sessionStore }, 1)
      const { ours, theirs } = await callPeer(stack, server, { sessionStore, securityPolicy: unknownShare }, 2)
      expect(ours).toMatchObject({ resumed: true, helloRetried: true })
      expect(theirs).toMatchObject(told(theirs, { resumed: true }))
    })
  })

  testFeature(stack, 'client', 'retriedResumption', 'it resumes our session', async () => {
    const outcomes = await callUs(stack, {
      ticketKeys: TicketKeys.generated(),
      securityPolicy: SecurityPolicy.from({ groups: ['secp384r1'] }),
      peer: { resume: true, groups: curves },
      connections: 2,
    })
    expect(outcomes.at(1)?.ours).toMatchObject({ resumed: true, helloRetried: true })
    expect(outcomes.at(1)?.theirs).toMatchObject(told(outcomes.at(1)?.theirs ?? {}, { resumed: true }))
  })

  testFeature(stack, 'server', 'earlyData', 'it takes ours', async () => {
    await withPeerServer(stack, { earlyData: maxEarlyData }, async (server) => {
      const { ours, theirs } = await withEarlyData(stack, server)
      expect(ours).toMatchObject({ resumed: true, earlyData: 'accepted' })
      expect(theirs).toMatchObject(told(theirs, { earlyData: 'accepted' }))
    })
  })

  testFeature(stack, 'client', 'earlyData', 'we take its', async () => {
    const outcomes = await callUs(stack, {
      ticketKeys: TicketKeys.generated(),
      maxEarlyData,
      peer: { resume: true, earlyData: earlyBytes },
      connections: 2,
    })
    const outcome = outcomes.at(1)
    expect(outcome?.ours).toMatchObject({ resumed: true, earlyData: 'accepted' })
    expect(outcome?.theirs).toMatchObject(told(outcome?.theirs ?? {}, { earlyData: 'accepted' }))
    const early = new Uint8Array(await new Response(outcome?.socket.earlyData).arrayBuffer())
    expect(early).toEqual(stack.payload(earlyBytes))
  })

  testFeature(
    stack,
    'server',
    'rejectedEarlyData',
    'it refuses ours with a HelloRetryRequest, and goes on',
    async () => {
      await withPeerServer(stack, { earlyData: maxEarlyData, groups: curves }, async (server) => {
        // RFC 9846 section 4.3.10: a HelloRetryRequest rejects early data
        const { ours } = await withEarlyData(stack, server, unknownShare)
        expect(ours).toMatchObject({ earlyData: 'rejected', helloRetried: true })
      })
    },
  )

  testFeature(stack, 'client', 'rejectedEarlyData', 'we refuse its, and go on', async () => {
    const outcomes = await callUs(stack, {
      ticketKeys: TicketKeys.generated(),
      maxEarlyData,
      acceptEarlyData: () => false,
      peer: { resume: true, earlyData: earlyBytes },
      connections: 2,
    })
    const outcome = outcomes.at(1)
    expect(outcome?.ours).toMatchObject({ resumed: true, earlyData: 'rejected' })
    expect(outcome?.theirs).toMatchObject(told(outcome?.theirs ?? {}, { earlyData: 'rejected' }))
  })

  testFeature(stack, 'server', 'externalPsk', 'we are let in by it', async () => {
    await withPeerServer(stack, { externalPsk }, async (server) => {
      const { ours } = await callPeer(stack, server, { externalPsks: [externalPsk] })
      expect(ours).toMatchObject({ peerCertificates: [], signatureScheme: undefined })
    })
  })

  testFeature(stack, 'client', 'externalPsk', 'we let it in', async () => {
    const [outcome] = await callUs(stack, { externalPsks: [externalPsk], peer: { externalPsk } })
    expect(outcome?.ours).toMatchObject({ peerCertificates: [], signatureScheme: undefined })
  })
}

const curves = ['x25519', 'secp256r1', 'secp384r1']

/** No peer has the group of the share. */
const unknownShare = SecurityPolicy.from({ groups: ['MLKEM1024', 'x25519'], keyShares: ['MLKEM1024'] })

/** A connection for the session, and one with early data, by another policy if given. */
async function withEarlyData(
  stack: Stack,
  server: Parameters<typeof callPeer>[1],
  securityPolicy = SecurityPolicy.default,
) {
  const sessionStore = anyKeyStore()
  await callPeer(stack, server, { sessionStore }, 1)
  return await callPeer(stack, server, { sessionStore, securityPolicy, earlyData: stack.payload(earlyBytes) }, 2)
}

/** Gives a session away under another policy too, as no store of the library does. */
function anyKeyStore(): SessionStore {
  const sessions: ClientSession[] = []
  return { take: () => sessions.pop(), put: (_key, session) => void sessions.push(session) }
}
