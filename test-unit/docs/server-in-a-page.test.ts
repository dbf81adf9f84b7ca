import { request as httpsRequest } from 'node:https'
import { expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { createRelay, type Relay } from '../../src/relay.js'
import { createCertificate, createSelfSigned, readCertificateRequest } from '../../src/x509.js'
import { docExamples, runExample } from '../support/doc-examples.js'

const examples = docExamples('docs/server-in-a-page.md')
const find = (name: string) => {
  const example = examples.find((each) => each.name === name)
  if (!example) throw new Error(`no example ${name}`)
  return example
}

it('the examples serve a client together', async () => {
  vi.stubGlobal('WebSocket', WebSocket)
  const ca = await createSelfSigned({ subject: { CN: 'our CA' }, isCa: true })
  const signByOurCa = async (requestPem: string) => {
    const { dnsNames, subjectPublicKeyInfo } = await readCertificateRequest(requestPem)
    const issuer = { certificate: ca.certificate, privateKey: ca.privateKey }
    return (await createCertificate({ dnsNames, publicKey: subjectPublicKeyInfo, issuer, validDays: 1 })).pem
  }
  let port = 0
  const made = await runExample(find('page-server-relay'), {
    // a test is no page, and has no fixed ports
    replace: { "port: 8080, host: '0.0.0.0'": 'port: 0', "port: 8443, host: '0.0.0.0'": 'port: 0' },
    modules: {
      'webtls/relay': {
        createRelay: (options: object) => {
          const relay = createRelay({ ...options, logger: false })
          return {
            ...relay,
            listenReverse: async (where: { port: number }) => {
              const address = await relay.listenReverse(where)
              port = address.port
              return address
            },
            listen: relay.listen,
            address: () => relay.address,
          }
        },
      },
    },
  })
  const relay = made.relay as Omit<Relay, 'address'> & { address(): Relay['address'] }
  const served = await runExample(find('page-server'), {
    given: { token: 'a long random token', signByOurCa },
    replace: { 'wss://relay.example.com/': relay.address()?.url ?? '' },
  })
  const answer = await new Promise<string>((resolve, reject) => {
    const where = { host: '127.0.0.1', port, servername: 'tab.example.com', headers: { host: 'tab.example.com' } }
    const asked = httpsRequest({ ...where, ca: ca.pem, path: '/x' }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve(text))
    })
    asked.on('error', reject)
    asked.end()
  })
  expect(answer).toBe('Hello from a tab, which was asked for /x\n')
  await (served.server as { close(options: object): Promise<void> }).close({ graceMs: 0 })
  await relay.close({ graceMs: 0 })
  vi.unstubAllGlobals()
})
