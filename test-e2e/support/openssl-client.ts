import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Credentials, type KeyType, keyOptions, serverName, testPki } from './pki.js'
import { type ServerProcess, startProcess } from './server-process.js'

/** `openssl s_client` that trusts the test's roots, verifies, and ends on a failure. */
export function startOpensslClient(
  { host, port }: { readonly host: string; readonly port: number },
  ...args: readonly string[]
): ServerProcess {
  const name = args.includes('-servername') || args.includes('-noservername') ? [] : ['-servername', serverName]
  const version = args.includes('-tls1_2') ? [] : ['-tls1_3']
  return startProcess('openssl', [
    ...['s_client', '-connect', `${host}:${port}`, ...name],
    ...['-CAfile', testPki().trustAnchorsFile, '-verify_return_error', '-verify_hostname', serverName],
    ...version,
    ...args,
  ])
}

/** Says a line and waits for its answer in capitals: keys of both directions are right. Returns all that it printed. */
export async function converse(client: ServerProcess, ...lines: readonly string[]): Promise<string> {
  try {
    let keyUpdates = 0
    for (const line of [...lines, 'hello']) {
      client.stdin.write(`${line}\n`)
      // a line that starts with k or K is a command, and all that it reads together with it
      const answer = /^k/i.test(line) ? `(?:KEYUPDATE[^]*){${++keyUpdates}}` : line.toUpperCase()
      await client.waitForOutput(new RegExp(answer))
    }
    return client.output()
  } finally {
    await client.stop()
  }
}

/** A folder that is gone when the test is over. */
export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'webtls-client-'))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export interface ClientCredentials {
  readonly certFile: string
  /** The certificate and the one of its issuer. */
  readonly chainFile: string
  readonly keyFile: string
}

/** A client's certificate from the intermediate CA of a server's. */
export function clientCredentials(
  folder: string,
  issuer: Credentials,
  keyType: KeyType = 'ecdsa-p256',
): ClientCredentials {
  const files = {
    certFile: join(folder, 'client.pem'),
    chainFile: join(folder, 'client-chain.pem'),
    keyFile: join(folder, 'client.key'),
  }
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  writeFileSync(
    join(folder, 'client.ext'),
    'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\n' +
      'subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\nsubjectAltName=DNS:client.test\n',
  )
  openssl('genpkey', ...keyOptions[keyType], '-out', files.keyFile)
  openssl('req', '-new', '-key', files.keyFile, '-subj', '/CN=client.test', '-out', 'client.csr')
  openssl(
    ...['x509', '-req', '-in', 'client.csr', '-extfile', 'client.ext', '-days', '5', '-out', files.certFile],
    ...['-CA', issuer.intermediateFile, '-CAkey', join(dirname(issuer.intermediateFile), 'intermediate.key')],
  )
  writeFileSync(files.chainFile, readFileSync(files.certFile, 'utf8') + readFileSync(issuer.intermediateFile, 'utf8'))
  return files
}

/** An OCSPResponse about a server's certificate, by its issuer. DER, which is in `response.der` of the folder too. */
export function ocspResponseFor(
  folder: string,
  { leafFile, intermediateFile }: Credentials,
  status: 'good' | 'revoked' = 'good',
): Buffer {
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const serial = String(openssl('x509', '-in', leafFile, '-noout', '-serial'))
    .trim()
    .replace('serial=', '')
  const state = { good: 'V\t391231235959Z\t', revoked: 'R\t391231235959Z\t260101000000Z,keyCompromise' }[status]
  writeFileSync(join(folder, 'index.txt'), `${state}\t${serial}\tunknown\t/CN=${serverName}\n`)
  const issuerKey = join(dirname(intermediateFile), 'intermediate.key')
  openssl(
    ...['ocsp', '-index', 'index.txt', '-rsigner', intermediateFile, '-rkey', issuerKey, '-CA', intermediateFile],
    ...['-issuer', intermediateFile, '-cert', leafFile, '-ndays', '1', '-respout', 'response.der'],
  )
  return readFileSync(join(folder, 'response.der'))
}
