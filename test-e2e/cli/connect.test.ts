import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { startNginxServer } from '../support/nginx-server.js'
import { startNodeServer } from '../support/node-server.js'
import { startOpensslServer } from '../support/openssl-server.js'
import { serverName, testPki } from '../support/pki.js'
import { postgresFolder, startPostgresServer } from '../support/postgres-server.js'
import { testFiles } from '../support/test-files.js'
import { missingTool } from '../support/tools.js'
import { webtls } from './command-line.js'

const pki = testPki()
const folder = mkdtempSync(join(tmpdir(), 'webtls-cli-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const credentials = pki.leaf['ecdsa-p256']
const at = ({ host, port }: { host: string; port: number }) => [
  `${host}:${port}`,
  '--servername',
  serverName,
  '--ca',
  pki.trustAnchorsFile,
]

test.skipIf(missingTool('openssl'))('shows how OpenSSL answers, and pipes both ways', async () => {
  const server = await startOpensslServer({ credentials, mode: 'reverse', alpnProtocols: ['a', 'b'] })
  try {
    const keyLog = join(folder, 'keys.txt')
    const options = [
      '--alpn',
      'b,a',
      '--suites',
      'TLS_AES_256_GCM_SHA384',
      '--groups',
      'secp384r1',
      '--key-log',
      keyLog,
    ]
    const { code, stdout, stderr } = await webtls(
      ['connect', ...at(server), ...options, '--ignore-eof', '--timeout', '5'],
      'abc\nCLOSE\n',
    )
    expect(stderr).toContain('TLS_AES_256_GCM_SHA384, secp384r1')
    expect(stderr).toContain(`0  CN=${serverName}`)
    expect(stderr).toContain('trusted   through "CN=webtls test root ecdsa-p256"')
    expect(stdout).toBe('cba\n')
    expect(code).toBe(0)
    expect(readFileSync(keyLog, 'utf8')).toMatch(/^CLIENT_HANDSHAKE_TRAFFIC_SECRET [0-9a-f]{64} [0-9a-f]{96}$/m)
    expect(statSync(keyLog).mode & 0o077).toBe(0)
  } finally {
    await server.stop()
  }
})

test.skipIf(missingTool('nginx'))('brings 50 MB of nginx through a pipe unharmed', async () => {
  const { large, folder: files } = testFiles()
  const server = await startNginxServer({ credentials, folder: files })
  try {
    const request = `GET /${large.name} HTTP/1.1\r\nHost: ${serverName}\r\nConnection: close\r\n\r\n`
    const { code, bytes } = await webtls(['connect', ...at(server), '--quiet', '--ignore-eof'], request, 50_000)
    const body = bytes.subarray(bytes.indexOf('\r\n\r\n') + 4)
    expect(createHash('sha256').update(body).digest('hex')).toBe(large.sha256)
    expect(code).toBe(0)
  } finally {
    await server.stop()
  }
})

test('resumes node:tls by a session file that only its owner can read', async () => {
  const server = await startNodeServer(credentials, (socket) => socket.on('end', () => socket.end()).resume())
  try {
    const file = join(folder, 'session.json')
    const first = await webtls(['connect', ...at(server), '--check', '--json', '--session-out', file])
    expect(JSON.parse(first.stdout)).toMatchObject({ event: 'opened', resumed: false, serverName })
    expect(statSync(file).mode & 0o077).toBe(0)
    const second = await webtls(['connect', ...at(server), '--check', '--json', '--session-in', file])
    expect(JSON.parse(second.stdout)).toMatchObject({ resumed: true })
    const other = await webtls(['connect', ...at(server), '--check', '--alpn', 'x', '--session-in', file])
    expect(other.stderr).toContain('no ticket of --session-in was used')
  } finally {
    await server.stop()
  }
})

test.skipIf(missingTool('openssl')).each([
  ['unknownIssuer', pki.unknownIssuer, 'certificate_unknown_issuer', 'unknown-issuer', '--ca ca.pem'],
  ['wrongName', pki.wrongName, 'certificate_name_mismatch', 'server-name', '--servername NAME'],
  ['expired', pki.expired, 'certificate_expired', 'expired', 'renew'],
] as const)('shows a chain that it refuses, and why: %s', async (_, chain, code, rule, advice) => {
  const server = await startOpensslServer({ credentials: chain })
  try {
    const text = await webtls(['connect', ...at(server)])
    expect(text.code).toBe(4)
    expect(text.stderr).toContain('The peer showed:\n  0  CN=')
    expect(text.stderr).toContain(`rule   ${rule}, RFC`)
    expect(text.stderr).toContain(advice)
    const json = await webtls(['connect', ...at(server), '--check', '--json'])
    expect(JSON.parse(json.stdout)).toMatchObject({ event: 'error', code, exitCode: 4, rejection: { rule } })
  } finally {
    await server.stop()
  }
})

test.skipIf(missingTool('openssl'))('authenticates by certificate, or by a PSK', async () => {
  const strict = await startOpensslServer({ credentials, requireClientCertificate: true, mode: 'reverse' })
  const key = '00112233445566778899aabbccddeeff'
  const withPsk = await startOpensslServer({
    credentials,
    mode: 'reverse',
    extraArguments: ['-psk', key, '-psk_identity', 'me'],
  })
  try {
    const without = await webtls(['connect', ...at(strict), '--ignore-eof'], 'abc\n')
    expect(without.code).toBe(6)
    expect(without.stderr).toContain('certificate_required (received)')
    const identity = ['--cert', credentials.chainFile, '--key', credentials.keyFile]
    const known = await webtls(['connect', ...at(strict), ...identity, '--check'])
    expect(known.code).toBe(0)
    writeFileSync(join(folder, 'psk.hex'), `${key}\n`)
    const psk = ['--psk', `@${join(folder, 'psk.hex')}`, '--psk-identity', 'me']
    const keyed = await webtls(['connect', `127.0.0.1:${withPsk.port}`, ...psk, '--check'])
    expect(keyed.stderr).toBe('')
    expect(keyed.stdout).toContain('a pre-shared key is the proof')
    expect(keyed.code).toBe(0)
  } finally {
    await Promise.all([strict.stop(), withPsk.stop()])
  }
})

test('says that nothing listens, that TLS 1.3 is missing, that it takes too long', async () => {
  const old = await startNodeServer(credentials, () => undefined, { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' })
  const target = `127.0.0.1:${old.port}`
  const tooOld = await webtls(['connect', target, '--servername', serverName, '--ca', pki.trustAnchorsFile])
  expect(tooOld.code, tooOld.stderr).toBe(6)
  expect(tooOld.stderr).toContain('does not speak TLS 1.3')
  // it waits for a ClientHello, and we for a greeting
  const silent = await webtls([
    'connect',
    target,
    '--starttls',
    'smtp',
    '--ca',
    pki.trustAnchorsFile,
    '--timeout',
    '0.5',
  ])
  expect(silent.code, silent.stderr).toBe(8)
  await old.stop()
  const nobody = await webtls(['connect', target, '--ca', pki.trustAnchorsFile])
  expect(nobody.code).toBe(3)
  expect(nobody.stderr).toContain('nothing listens there')
})

const noPostgres = postgresFolder() === undefined
if (noPostgres && process.env.CI) throw new Error('PostgreSQL is not installed')
if (noPostgres) console.warn('PostgreSQL is not installed: its STARTTLS is not tested')

test.skipIf(noPostgres)('goes over to TLS 1.3 with PostgreSQL, and logs in', async () => {
  const server = await startPostgresServer(credentials)
  try {
    const check = await webtls(['connect', ...at(server), '--starttls', 'postgres', '--check'])
    expect(check.stderr).toBe('')
    expect(check.stdout).toContain('TLSv1.3, TLS_AES_')
    // StartupMessage 3.0, then Query and Terminate
    const parameters = Buffer.from('user\0tester\0database\0postgres\0\0')
    const startup = Buffer.concat([int32(8 + parameters.length), int32(196_608), parameters])
    const sql = Buffer.from('select version from pg_stat_ssl where pid = pg_backend_pid()\0')
    const query = Buffer.concat([Buffer.from('Q'), int32(4 + sql.length), sql, Buffer.from('X'), int32(4)])
    const input = Buffer.concat([startup, query])
    const session = await webtls(['connect', ...at(server), '--starttls', 'postgres', '--ignore-eof'], input)
    expect(session.stdout).toContain('server_version')
    expect(session.stdout).toContain('TLSv1.3')
  } finally {
    await server.stop()
  }
})

test.skipIf(noPostgres)('is told by PostgreSQL that there is no TLS', async () => {
  const server = await startPostgresServer(credentials, false)
  try {
    const { code, stderr } = await webtls(['connect', ...at(server), '--starttls', 'postgres'])
    expect(stderr).toContain('needs ssl = on')
    expect(code).toBe(9)
  } finally {
    await server.stop()
  }
})

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
