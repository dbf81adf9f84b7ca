import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect } from 'vitest'
import { identityOf } from '../node/serving.js'
import { clientCredentials } from '../support/openssl-client.js'
import { testPki } from '../support/pki.js'
import { testFeature } from './describe-stack.js'
import { dialPeer } from './our-side.js'
import { callPeer, callUs, withOurServer, withPeerServer } from './run-peer.js'
import type { Stack } from './stack.js'
import { failureOf } from './test-negotiation.js'
import { told } from './told.js'

/** Certificates of clients. */
export function testAuthentication(stack: Stack): void {
  const identity = () => clientIdentity()

  testFeature(stack, 'server', 'clientCertificate', 'it takes ours', async () => {
    await withPeerServer(stack, { clientAuth: 'required' }, async (server) => {
      const { theirs } = await callPeer(stack, server, { identity: identityOf(identity()) })
      if ('peerCertificate' in theirs) expect(theirs.peerCertificate).toMatch(/^[0-9a-f]{64}$/)
    })
  })

  testFeature(stack, 'client', 'clientCertificate', 'we take its', async () => {
    const [outcome] = await callUs(stack, { ...asksFor('required'), peer: { identity: identity() } })
    expect(outcome?.ours.peerCertificates[0]?.dnsNames).toEqual(['client.test'])
  })

  testFeature(stack, 'server', 'noClientCertificate', 'it does without', async () => {
    await withPeerServer(stack, { clientAuth: 'optional' }, async (server) => {
      const { theirs } = await callPeer(stack, server)
      expect(theirs).toMatchObject(told(theirs, { peerCertificate: null }))
    })
  })

  testFeature(stack, 'client', 'noClientCertificate', 'we do without', async () => {
    const [outcome] = await callUs(stack, asksFor('optional'))
    expect(outcome?.ours.peerCertificates).toEqual([])
  })

  testFeature(stack, 'server', 'missingClientCertificate', 'it refuses us', async () => {
    await withPeerServer(stack, { clientAuth: 'required' }, async (server) => {
      // s2n-tls closes without a word, and the others say certificate_required or something like it
      const error = await failureOf(dialPeer(stack, server))
      expect(['peer_alert', 'truncated', 'transport_failed']).toContain(error.code)
    })
  })

  testFeature(stack, 'client', 'missingClientCertificate', 'it is told certificate_required', async () => {
    await withOurServer(stack, asksFor('required'), async (client, socketOf) => {
      expect((await client.connection(1).end()).alert).toBe('certificate_required')
      expect(await failureOf((await socketOf(1)).opened)).toMatchObject({ code: 'certificate_required' })
    })
  })
}

const asksFor = (clientAuth: 'optional' | 'required') => ({
  clientAuth,
  clientTrustAnchors: testPki().trustAnchors,
})

/** Made once in a file of tests. */
function clientIdentity() {
  if (made === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'webtls-peer-'))
    const issuer = testPki().leaf['ecdsa-p256']
    const { certFile, keyFile } = clientCredentials(folder, issuer)
    const chainFile = join(folder, 'chain.pem')
    writeFileSync(chainFile, readFileSync(certFile, 'utf8') + readFileSync(issuer.intermediateFile, 'utf8'))
    made = { folder, leafFile: certFile, chainFile, keyFile, intermediateFile: issuer.intermediateFile }
  }
  return made
}

let made: { folder: string; leafFile: string; chainFile: string; keyFile: string; intermediateFile: string } | undefined

afterAll(() => {
  if (made !== undefined) rmSync(made.folder, { recursive: true, force: true })
})
