// TLS by node:tls over streams of wisp-js's own client. Argument: JSON with library, url, host, port, ca, serverName.
// Answers with one line of JSON for each job on standard input, one a line: { "say": ..., "uploadBytes": ... } or
// { "port": ..., "host": ... } to learn why a target is refused.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Duplex } from 'node:stream'
import { connect } from 'node:tls'
import { pathToFileURL } from 'node:url'

const settings = JSON.parse(process.argv[2])
const { client } = await import(pathToFileURL(`${settings.library}/src/entrypoints/client.mjs`).href)

const connection = new client.ClientConnection(settings.url)
await new Promise((resolve, reject) => {
  connection.onopen = resolve
  connection.onerror = () => reject(new Error('no session'))
  connection.onclose = () => reject(new Error('no session'))
})
console.log(JSON.stringify({ version: connection.wisp_version }))

for await (const line of createInterface({ input: process.stdin })) {
  const jobs = JSON.parse(line)
  const answers = await Promise.all(jobs.map((job) => run(job).catch((error) => ({ error: String(error) }))))
  console.log(JSON.stringify(answers))
}
connection.close()

async function run(job) {
  const { host = settings.host, port = settings.port, type = 1, say = '', uploadBytes = 0 } = job
  const stream = connection.create_stream(host, port, type)
  let reason
  const closed = new Promise((resolve) => {
    stream.onclose = (code) => {
      reason = code
      duplex.push(null)
      resolve()
    }
  })
  const duplex = new Duplex({
    read() {},
    write(chunk, _, done) {
      // one packet is one message, and servers limit those
      for (let offset = 0; offset < chunk.length; offset += 65536) {
        stream.send(new Uint8Array(chunk.subarray(offset, offset + 65536)))
      }
      done()
    },
    final: (done) => done(),
    destroy(error, done) {
      // without one it is the server who closes the stream, with a reason
      if (error) stream.close(2)
      done(error)
    },
  })
  stream.onmessage = (data) => duplex.push(data)
  if (!say) {
    await closed
    return { reason }
  }
  const socket = connect({ socket: duplex, ca: settings.ca, servername: settings.serverName, minVersion: 'TLSv1.3' })
  await once(socket, 'secureConnect')
  socket.write(`${say}\n`)
  if (uploadBytes > 0) {
    const chunk = Buffer.alloc(uploadBytes, job.fill ?? 'x')
    for (let offset = 0; offset < chunk.length; offset += 50_000) socket.write(chunk.subarray(offset, offset + 50_000))
  }
  socket.end()
  const hash = createHash('sha256')
  let length = 0
  for await (const data of socket) {
    hash.update(data)
    length += data.length
  }
  await closed
  return { length, sha256: hash.digest('hex'), reason }
}
