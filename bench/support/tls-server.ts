/**
 * The other end of the benchmarks, in a process of its own: a node:tls server. The first line that a client sends says
 * what it wants: `download N` gets N bytes and close_notify, `upload N` is answered with `done` after N bytes.
 */
import { createServer } from 'node:tls'
import { createTestCa, createTestCertificate } from '../../test-unit/support/certificates.js'

const ca = await createTestCa()
const leaf = await createTestCertificate({ ca, dnsNames: ['localhost'], keyType: 'ecdsa-p256' })
const block = Buffer.alloc(256 * 1024, 'webtls ')

const server = createServer(
  {
    key: leaf.pkcs8Pem,
    cert: leaf.chainPem,
    minVersion: 'TLSv1.3',
    ciphers: process.argv[2] ?? 'TLS_AES_128_GCM_SHA256',
  },
  (socket) => {
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    socket.once('data', (first) => {
      const end = first.indexOf('\n')
      const [verb, amount] = first.subarray(0, end).toString().split(' ')
      let left = Number(amount)
      if (verb === 'download') {
        const more = () => {
          while (left > 0) {
            const chunk = block.subarray(0, Math.min(left, block.length))
            left -= chunk.length
            if (!socket.write(chunk)) return socket.once('drain', more)
          }
          return socket.end()
        }
        more()
        return
      }
      const count = (chunk: Buffer) => {
        left -= chunk.length
        if (left <= 0) socket.end('done')
      }
      count(first.subarray(end + 1))
      socket.on('data', count)
    })
  },
)
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  console.log(JSON.stringify({ port: address.port, ca: ca.pem }))
})
