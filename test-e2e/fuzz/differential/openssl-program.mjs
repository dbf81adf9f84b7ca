// OpenSSL as both sides of the differential fuzzer, by Node's `tls`; its protocol is that of ../../peers/fuzz/src/lib.rs.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { connect, createServer } from 'node:tls'
import { parseArgs } from 'node:util'

const [role, ...args] = process.argv.slice(2)
const { values } = parseArgs({
  args,
  options: {
    cert: { type: 'string' },
    key: { type: 'string' },
    ca: { type: 'string' },
    'client-auth': { type: 'string' },
    resume: { type: 'string' },
    psk: { type: 'string' },
  },
})
const identity = 'psk.test'
const credentials = {
  cert: readFileSync(values.cert),
  key: readFileSync(values.key),
  ca: readFileSync(values.ca),
  minVersion: 'TLSv1.3',
  // like the other stacks: Node has no P-521 first and no X448
  ecdhCurve: 'X25519:P-256:P-384',
}

if (values.psk !== undefined) {
  const psk = readFileSync(values.psk)
  if (role === 'server') credentials.pskCallback = (_socket, offered) => (offered === identity ? psk : null)
  else {
    credentials.pskCallback = () => ({ psk, identity })
    credentials.checkServerIdentity = () => undefined
    // OpenSSL takes such a key for SHA-256
    credentials.ciphers = 'TLS_AES_128_GCM_SHA256'
  }
}

let session

if (role === 'server') listen()
else createInterface({ input: process.stdin }).on('line', dial)

function listen() {
  const requestCert = values['client-auth'] !== undefined
  const server = createServer({
    ...credentials,
    requestCert,
    rejectUnauthorized: requestCert,
    allowHalfOpen: true,
    // a ticket serves for a whole run, of which Node's own 300 s would be a small part
    sessionTimeout: 86_400,
  })
  server.on('secureConnection', (socket) => echo(socket, socket.remotePort))
  server.on('tlsClientError', (error, socket) => say(socket.remotePort ?? 0, error))
  server.listen(0, '127.0.0.1', () => console.log(`PORT ${server.address().port}`))
  // the parent ends us by closing our standard input
  process.stdin.resume().on('end', () => process.exit(0))
}

function dial(line) {
  const port = Number(line)
  const options = { ...credentials, host: '127.0.0.1', port, servername: 'server.test', session }
  const socket = connect(options, () => {
    socket.write('ping')
    echo(socket, port)
  })
  // the first one, for all that come later
  if (values.resume !== undefined) socket.on('session', (ticket) => (session ??= ticket))
  socket.on('error', (error) => say(port, error))
}

function echo(socket, port) {
  socket.on('error', (error) => say(port, error))
  socket.on('data', (data) => socket.write(data))
  socket.on('end', () => {
    say(port)
    socket.end()
  })
  socket.setTimeout(20_000, () => socket.destroy())
}

function say(port, error) {
  console.log(`PORT ${port}: ${error ? String(error.message).replaceAll('\n', ' ') : 'closed'}`)
}
