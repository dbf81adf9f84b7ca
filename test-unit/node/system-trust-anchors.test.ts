import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tls from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { loadSystemTrustAnchors } from '../../src/node/system-trust-anchors.js'
import { createTestCa } from '../support/certificates.js'

const before = process.env.SSL_CERT_FILE

afterEach(() => {
  if (before === undefined) delete process.env.SSL_CERT_FILE
  else process.env.SSL_CERT_FILE = before
})

describe.skipIf('getCACertificates' in tls)('loadSystemTrustAnchors, without Node’s own', () => {
  it('reads the bundle that SSL_CERT_FILE names, comments and unreadable certificates aside', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'webtls-'))
    try {
      const ca = await createTestCa({ subject: 'System CA' })
      const bundle = join(folder, 'bundle.pem')
      const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
      await writeFile(bundle, `# System CA\n${ca.pem}${broken}`)
      process.env.SSL_CERT_FILE = bundle
      const anchors = await loadSystemTrustAnchors()
      expect(anchors.anchors.map(({ subject }) => subject.toString())).toEqual(['CN=System CA'])
      await writeFile(bundle, broken)
      await expect(loadSystemTrustAnchors()).rejects.toMatchObject({ code: 'unsupported' })
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
