import { afterEach, describe, expect, test } from 'vitest'
import type { TlsErrorCode } from '../../src/index.js'
import { type OpensslServer, startOpensslServer } from '../support/openssl-server.js'
import { type Credentials, testPki } from '../support/pki.js'
import { missingTool } from '../support/tools.js'
import { connectTo, expectFailure } from './connecting.js'

const pki = testPki()

let server: OpensslServer | undefined
afterEach(async () => {
  await server?.stop()
  server = undefined
})

interface Refusal {
  readonly what: string
  credentials(): Credentials
  readonly code: TlsErrorCode
  /** As OpenSSL writes the alert that it got. */
  readonly alert: string
}

const refusals: readonly Refusal[] = [
  {
    what: 'a certificate for another name',
    credentials: () => pki.wrongName,
    code: 'certificate_name_mismatch',
    alert: 'bad certificate',
  },
  {
    what: 'a certificate of an unknown authority',
    credentials: () => pki.unknownIssuer,
    code: 'certificate_unknown_issuer',
    alert: 'unknown ca',
  },
  {
    what: 'a certificate that has expired',
    credentials: () => pki.expired,
    code: 'certificate_expired',
    alert: 'certificate expired',
  },
]

describe.skipIf(missingTool('openssl'))('refuses, and tells the server why', () => {
  test.each(refusals)('$what', async ({ credentials, code, alert }) => {
    server = await startOpensslServer({ credentials: credentials() })
    const socket = connectTo(server)
    await expectFailure(socket.opened, code)
    await expectFailure(socket.closed, code)
    await expectFailure(socket.readable.getReader().read(), code)
    await expectFailure(socket.writable.getWriter().closed, code)
    await server.process.waitForOutput(new RegExp(`alert ${alert}`))
  })

  test('a name that is an address which the certificate does not have', async () => {
    server = await startOpensslServer({ credentials: pki.leaf['ecdsa-p256'] })
    await expectFailure(connectTo(server, { serverName: '127.0.0.2' }).opened, 'certificate_name_mismatch')
  })

  test('no certificate at all when the address is in it', async () => {
    server = await startOpensslServer({ credentials: pki.leaf['ecdsa-p256'] })
    const socket = connectTo(server, { serverName: '127.0.0.1' })
    // RFC 6066: an address is no server name
    expect((await socket.opened).peerCertificates[0]?.ipAddresses).toContain('127.0.0.1')
    await socket.close()
  })
})
