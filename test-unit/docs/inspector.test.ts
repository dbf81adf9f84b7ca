import { beforeAll, describe, expect, it } from 'vitest'
import { acceptTls, memoryDuplexPair, TrustAnchors } from '../../src/index.js'
import { createTestCa, createTestCertificate, type TestCertificate } from '../support/certificates.js'
import { within } from '../support/deadline.js'
import { docExamples, runExample, typeErrors } from '../support/doc-examples.js'

const examples = docExamples('docs/inspector.md')

describe('the examples of docs/inspector.md', () => {
  let ca: TestCertificate
  let server: TestCertificate
  beforeAll(async () => {
    ca = await createTestCa()
    server = await createTestCertificate({ ca, dnsNames: ['www.example.com'] })
  })

  async function run(name: string): Promise<Record<string, unknown>> {
    const example = examples.find((each) => each.name === name)
    if (!example) throw new Error(`there is no example ${name}`)
    const [transport, far] = memoryDuplexPair()
    const identities = [{ certificateChain: server.chainPem, privateKey: server.pkcs8Pem }]
    const accepted = acceptTls(far, { identities })
    accepted.readable.pipeTo(accepted.writable).catch(() => undefined)
    const given = { transport, trustAnchors: TrustAnchors.from(ca.pem) }
    return await within(runExample(example, { given }), `the example ${name}`)
  }

  it('fit the types of the source', { timeout: 120_000 }, () => {
    expect(examples).toHaveLength(2)
    expect(typeErrors(examples)).toEqual([])
  })

  it('inspect-events says what passes', async () => {
    const { lines } = await run('inspect-events')
    expect(lines).toContainEqual(expect.stringMatching(/^sent client_hello: .*RFC 9846 section 4\.2\.2/))
    expect(lines).toContainEqual(
      expect.stringMatching(/^received record of \d+ bytes, server_handshake_traffic_secret$/),
    )
  })

  it('inspect-capture makes a file with the secrets in it', async () => {
    const { file } = await run('inspect-capture')
    expect(await (file as Blob).text()).toContain('SERVER_HANDSHAKE_TRAFFIC_SECRET')
  })
})
