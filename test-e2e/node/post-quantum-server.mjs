// A server of a newer Node, whose OpenSSL has ML-KEM: credentials and group come as JSON, its port goes out.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:tls'

const { chainFile, keyFile, group } = JSON.parse(process.argv[2] ?? '{}')
const options = {
  cert: readFileSync(chainFile),
  key: readFileSync(keyFile),
  ecdhCurve: group,
  minVersion: 'TLSv1.3',
}
const server = createServer(options, (socket) => {
  socket.on('error', () => {})
  socket.end('hello\n')
})
server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}.`))
