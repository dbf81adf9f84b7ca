import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parsePemCertificates } from '../../src/certificates/pem.js'
import { webPki } from '../../src/certificates/profiles/web-pki.js'
import { loadMozillaRoots, mozillaRootsInfo } from '../../src/certificates/roots/mozilla-roots.js'
import { verifyPeerChain } from '../../src/certificates/verify-peer-chain.js'
import { testProvider } from '../support/provider.js'

interface RealChain {
  readonly id: string
  readonly peer_certificate: string
  readonly untrusted_intermediates: readonly string[]
  readonly validation_time: string
  readonly expected_peer_name: { readonly value: string }
}

// x509-limbo's recordings of public chains, with the time of the recording, from a checkout beside the project
const file = new URL('../../../shared/data/x509-limbo.json', import.meta.url)
const chains: readonly RealChain[] = existsSync(file)
  ? JSON.parse(readFileSync(file, 'utf8')).testcases.filter(({ id }: RealChain) => id.startsWith('online::'))
  : []
if (chains.length === 0) console.warn(`no real chains are checked: there is no ${file.pathname}`)

describe('webtls/roots', () => {
  it('has the number of roots that it says', async () => {
    const roots = await loadMozillaRoots()
    const { count, date } = await mozillaRootsInfo()
    expect(roots.size).toBe(count)
    expect(count).toBeGreaterThan(80)
    expect(Date.parse(date)).toBeLessThanOrEqual(Date.now())
    expect(await loadMozillaRoots()).toBe(roots)
  })

  it.each(chains)('validates the chain of $id at its time', async (chain) => {
    const { path } = await verifyPeerChain(
      [chain.peer_certificate, ...chain.untrusted_intermediates].flatMap(parsePemCertificates),
      {
        purpose: 'serverAuth',
        serverName: chain.expected_peer_name.value,
        trustAnchors: await loadMozillaRoots(),
        time: new Date(chain.validation_time),
        provider: testProvider,
        profile: webPki,
      },
    )
    expect(path.length).toBeGreaterThan(1)
  })
})
