import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { SecurityPolicy, TlsError, type TlsSocket } from '../../src/index.js'
import { connectTo } from '../node/connecting.js'
import { identityOf } from '../node/serving.js'
import { testPki } from '../support/pki.js'
import { testFeature } from './describe-stack.js'
import { exporterOf } from './our-side.js'
import { callPeer, callUs, withOurServer, withPeerServer } from './run-peer.js'
import type { Stack } from './stack.js'
import { told } from './told.js'

/** HelloRetryRequest, versions, ALPN and server names. */
export function testNegotiation(stack: Stack): void {
  const pki = testPki()
  const curves = ['x25519', 'secp256r1', 'secp384r1']

  testFeature(stack, 'server', 'helloRetry', 'we answer its HelloRetryRequest', async () => {
    await withPeerServer(stack, { groups: curves }, async (server) => {
      // no peer has the group of the share
      const securityPolicy = SecurityPolicy.from({ groups: ['MLKEM1024', 'secp384r1'], keyShares: ['MLKEM1024'] })
      const { ours, theirs } = await callPeer(stack, server, { securityPolicy })
      expect(ours).toMatchObject({ helloRetried: true, group: 'secp384r1' })
      expect(theirs).toMatchObject(told(theirs, { helloRetried: true, group: 'secp384r1' }))
    })
  })

  testFeature(stack, 'client', 'helloRetry', 'it answers our HelloRetryRequest', async () => {
    const securityPolicy = SecurityPolicy.from({ groups: ['secp384r1'] })
    const [outcome] = await callUs(stack, { securityPolicy, peer: { groups: curves } })
    expect(outcome?.ours).toMatchObject({ helloRetried: true, group: 'secp384r1' })
    expect(outcome?.theirs).toMatchObject(told(outcome?.theirs ?? {}, { helloRetried: true, group: 'secp384r1' }))
  })

  testFeature(stack, 'server', 'oldVersion', 'a server with TLS 1.2 alone is refused', async () => {
    await withPeerServer(stack, { isTls12: true }, async (server) => {
      const error = await failureOf(connectTo(server).opened)
      // either side may be the one to say so; s2n-tls closes without a word
      if (stack.name === 's2n-tls') expect(error.code).toBe('truncated')
      else expect(['protocol_version', 'handshake_failure']).toContain(error.alert)
    })
  })

  testFeature(stack, 'client', 'oldVersion', 'a client with TLS 1.2 alone is told protocol_version', async () => {
    await withOurServer(stack, { peer: { isTls12: true } }, async (client, socketOf) => {
      const { alert } = await client.connection(1).end()
      expect(alert).toBe('protocol_version')
      expect(await failureOf((await socketOf(1)).opened)).toMatchObject({ code: 'protocol_version' })
    })
  })

  testFeature(stack, 'server', 'alpn', 'its choice is ours', async () => {
    await withPeerServer(stack, { alpnProtocols: ['two', 'one'] }, async (server) => {
      const { ours, theirs } = await callPeer(stack, server, { alpnProtocols: ['three', 'two'] })
      expect(ours).toMatchObject({ alpnProtocol: 'two' })
      expect(theirs).toMatchObject(told(theirs, { alpn: 'two' }))
    })
  })

  testFeature(stack, 'client', 'alpn', 'it takes our choice', async () => {
    const alpnProtocols = ['two', 'one']
    const [outcome] = await callUs(stack, { alpnProtocols, peer: { alpnProtocols: ['three', 'one', 'two'] } })
    expect(outcome?.ours).toMatchObject({ alpnProtocol: 'two' })
    expect(outcome?.theirs).toMatchObject(told(outcome?.theirs ?? {}, { alpn: 'two' }))
  })

  const goesOn = stack.name === 's2n-tls' || stack.name === 'GnuTLS'
  const reaction = goesOn ? 'it goes on without a protocol, and so do we' : 'it refuses, and we say why'
  testFeature(stack, 'server', 'alpnMismatch', reaction, async () => {
    await withPeerServer(stack, { alpnProtocols: ['one'] }, async (server) => {
      if (goesOn) {
        const { ours } = await callPeer(stack, server, { alpnProtocols: ['three'] })
        expect(ours.alpnProtocol).toBeUndefined()
        return
      }
      const error = await failureOf(connectTo(server, { alpnProtocols: ['three'] }).opened)
      expect(error).toMatchObject({ code: 'peer_alert', alert: 'no_application_protocol' })
    })
  })

  testFeature(stack, 'client', 'alpnMismatch', 'it is told no_application_protocol', async () => {
    const peer = { alpnProtocols: ['three'] }
    await withOurServer(stack, { alpnProtocols: ['one'], peer }, async (client, socketOf) => {
      const { alert } = await client.connection(1).end()
      expect(alert).toBe('no_application_protocol')
      expect(await failureOf((await socketOf(1)).opened)).toMatchObject({ code: 'no_application_protocol' })
    })
  })

  testFeature(stack, 'server', 'exporter', 'both have the same', async () => {
    await withPeerServer(stack, {}, async (server) => {
      let ours: string | undefined
      const onOpen = async (socket: TlsSocket) => {
        ours = await exporterOf(socket)
      }
      const { theirs } = await callPeer(stack, server, { onOpen })
      expect(theirs.exporter).toBe(ours)
    })
  })

  testFeature(stack, 'client', 'exporter', 'both have the same', async () => {
    let ours: string | undefined
    const onOpen = async (socket: TlsSocket) => {
      ours = await exporterOf(socket)
    }
    const [outcome] = await callUs(stack, { onOpen })
    expect(outcome?.theirs.exporter).toBe(ours)
  })

  testFeature(stack, 'server', 'serverName', 'by the name that we ask for', async () => {
    const identities = [pki.leaf['ecdsa-p256'], pki.wrongName]
    await withPeerServer(stack, { identities }, async (server) => {
      const first = await callPeer(stack, server, {}, 1)
      expect(first.ours.peerCertificates[0]?.dnsNames).toContain('server.test')
      // s_server sends its second certificate without a chain
      const trustAnchors = readFileSync(pki.wrongName.intermediateFile, 'utf8')
      const second = await callPeer(stack, server, { serverName: 'other.test', trustAnchors }, 2)
      expect(second.ours.peerCertificates[0]?.dnsNames).toEqual(['other.test'])
      expect(second.theirs).toMatchObject(told(second.theirs, { serverName: 'other.test' }))
    })
  })

  testFeature(stack, 'client', 'serverName', 'by the name that it asks for', async () => {
    const identities = [identityOf(pki.leaf['ecdsa-p256']), identityOf(pki.wrongName)]
    for (const serverName of ['server.test', 'other.test']) {
      // it verifies the name
      const [outcome] = await callUs(stack, { identities, peer: { serverName } })
      expect(outcome?.ours).toMatchObject({ serverName })
    }
  })
}

/** The TlsError that it fails with. */
export async function failureOf(promise: Promise<unknown>): Promise<TlsError> {
  const error = await promise.then(
    () => new Error('resolved instead of failing'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof TlsError)) throw error
  return error
}
