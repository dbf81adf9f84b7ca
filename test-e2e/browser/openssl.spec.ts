import { type OpensslServer, type OpensslServerOptions, startOpensslServer } from '../support/openssl-server.js'
import { keyTypes } from '../support/pki.js'
import { startTap } from '../support/tap.js'
import { smallText } from '../support/test-files.js'
import { missingTool } from '../support/tools.js'
import { test as base, expect } from './fixtures.js'

const test = base.extend<{ openssl(options?: Partial<OpensslServerOptions>): Promise<OpensslServer> }>({
  openssl: async ({ pki, files }, use) => {
    const running: OpensslServer[] = []
    await use(async (options) => {
      const server = await startOpensslServer({
        credentials: pki.leaf['ecdsa-p256'],
        mode: 'files',
        folder: files.folder,
        ...options,
      })
      running.push(server)
      return server
    })
    for (const server of running) await server.stop()
  },
})

const missing = missingTool('openssl')
test.skip(Boolean(missing), String(missing))

for (const keyType of keyTypes) {
  test(`a certificate for ${keyType}`, async ({ openssl, connect, pki }) => {
    const server = await openssl({ credentials: pki.leaf[keyType] })
    const report = await connect(server, { request: { path: '/small.txt' } })
    expect(report.subjects.at(-1)).toBe(`CN=webtls test root ${keyType}`)
    expect(report.answer).toMatchObject({ status: 200, text: smallText })
  })
}

test('a HelloRetryRequest with a group', async ({ openssl, connect }) => {
  const report = await connect(await openssl({ groups: ['P-384'] }), { request: { path: '/small.txt' } })
  expect(report).toMatchObject({ group: 'secp384r1', helloRetried: true, answer: { text: smallText } })
})

test('a request for a client certificate', async ({ openssl, connect }) => {
  const report = await connect(await openssl({ requestClientCertificate: true }), { request: { path: '/small.txt' } })
  expect(report.answer).toMatchObject({ status: 200, text: smallText })
})

test('a server that dies in the middle is told from one that is done', async ({ openssl, connectInVain }) => {
  const tap = await startTap(await openssl(), { cut: { afterBytes: 5_000_000, how: 'end' } })
  const failure = await connectInVain(tap, { request: { path: '/large.bin' } })
  expect(failure).toMatchObject({ name: 'TlsError', code: 'truncated', category: 'closed' })
  await tap.stop()
})

test('a connection that is reset', async ({ openssl, connectInVain }) => {
  const tap = await startTap(await openssl(), { cut: { afterBytes: 100_000, how: 'reset' } })
  const failure = await connectInVain(tap, { request: { path: '/large.bin' } })
  expect(failure).toMatchObject({ name: 'TlsError', code: 'transport_failed', category: 'io' })
  await tap.stop()
})

test('a certificate for another name', async ({ openssl, connectInVain, pki }) => {
  const server = await openssl({ credentials: pki.wrongName })
  const failure = await connectInVain(server)
  expect(failure).toMatchObject({ code: 'certificate_name_mismatch', alert: 'bad_certificate' })
  await server.process.waitForOutput(/alert bad certificate/)
})

test('a certificate of an unknown authority', async ({ openssl, connectInVain, pki }) => {
  const server = await openssl({ credentials: pki.unknownIssuer })
  const failure = await connectInVain(server)
  expect(failure).toMatchObject({ code: 'certificate_unknown_issuer', alert: 'unknown_ca' })
  await server.process.waitForOutput(/alert unknown ca/)
})

test('a certificate that has expired', async ({ openssl, connectInVain, pki }) => {
  const server = await openssl({ credentials: pki.expired })
  const failure = await connectInVain(server)
  expect(failure).toMatchObject({ code: 'certificate_expired', alert: 'certificate_expired' })
})
