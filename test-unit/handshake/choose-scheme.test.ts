import { describe, expect, it } from 'vitest'
import type { Identity } from '../../src/certificates/identity/identity.js'
import { signatureSchemes } from '../../src/crypto/signature-schemes.js'
import { chooseScheme } from '../../src/handshake/choose-scheme.js'
import { SignatureScheme, type SignatureSchemeName } from '../../src/messages/code-points.js'

const schemesOf = (...names: readonly SignatureSchemeName[]) =>
  names.flatMap((name) => signatureSchemes.filter((scheme) => scheme.name === name))
const identityWith = (...names: readonly SignatureSchemeName[]) =>
  ({ schemes: schemesOf(...names) }) as unknown as Identity

describe('how to sign', () => {
  it('is the first of our schemes that both the key and the peer can do', () => {
    const ours = schemesOf('ecdsa_secp256r1_sha256', 'rsa_pss_rsae_sha384', 'rsa_pss_rsae_sha256')
    const key = identityWith('rsa_pss_rsae_sha256', 'rsa_pss_rsae_sha384')
    const accepted = [SignatureScheme.rsa_pss_rsae_sha256, SignatureScheme.rsa_pss_rsae_sha384]
    expect(chooseScheme(ours, key, accepted)?.name).toBe('rsa_pss_rsae_sha384')
    expect(chooseScheme(ours, key, [SignatureScheme.ed25519])).toBeUndefined()
  })

  it('is never rsa_pkcs1, though policy, peer and identity name it: that is for certificates alone (4.3.3)', () => {
    const ours = schemesOf('rsa_pkcs1_sha256', 'rsa_pss_rsae_sha256')
    const accepted = [SignatureScheme.rsa_pkcs1_sha256]
    expect(chooseScheme(ours, identityWith('rsa_pkcs1_sha256'), accepted)).toBeUndefined()
  })
})
