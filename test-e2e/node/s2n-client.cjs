// An HTTP request by s2n-tls. Argument: JSON with library, port, caFile, serverName, path, alpn, cert, key.
const job = JSON.parse(process.argv[2])
const { io, http } = require(job.library)

const options = job.cert
  ? io.TlsContextOptions.create_client_with_mtls_from_path(job.cert, job.key)
  : new io.TlsContextOptions()
options.override_default_trust_store_from_path(undefined, job.caFile)
options.min_tls_version = io.TlsVersion.TLSv1_3
if (job.alpn) options.alpn_list = job.alpn
const tls = new io.TlsConnectionOptions(new io.ClientTlsContext(options), job.serverName, job.alpn ?? [])
const socket = new io.SocketOptions(io.SocketType.STREAM, io.SocketDomain.IPV4, 3000)
const connection = new http.HttpClientConnection(undefined, '127.0.0.1', job.port, socket, tls)

connection.on('connect', () => {
  const headers = new http.HttpHeaders([['host', job.serverName]])
  const stream = connection.request(new http.HttpRequest('GET', job.path, headers))
  let answer = ''
  stream.on('response', (status) => {
    answer += `${status}\n`
  })
  stream.on('data', (data) => {
    answer += Buffer.from(data).toString('latin1')
  })
  stream.on('end', () => {
    process.stdout.write(answer)
    connection.close()
  })
  stream.on('error', fail)
  stream.activate()
})
connection.on('error', fail)
connection.on('close', () => setTimeout(() => process.exit(), 50))

function fail(error) {
  process.stderr.write(`${error.error_name ?? error.message}\n`)
  process.exit(1)
}
