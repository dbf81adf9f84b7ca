import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Certificates for real servers, all made by OpenSSL: a judge of our own parser that shares no code with it. For each
 * type of key there is a hierarchy whose every certificate has a key of that type: root, intermediate, leaf.
 */
export interface TestPki {
  /** PEM of the roots of all hierarchies but `unknownIssuer`'s. */
  readonly trustAnchors: string
  readonly trustAnchorsFile: string
  /** A valid certificate for `server.test`, `localhost` and 127.0.0.1. */
  readonly leaf: Readonly<Record<KeyType, Credentials>>
  /** For `other.test` only. */
  readonly wrongName: Credentials
  /** From a root that is not among the trust anchors. */
  readonly unknownIssuer: Credentials
  readonly expired: Credentials
}

export interface Credentials {
  readonly leafFile: string
  readonly intermediateFile: string
  /** Leaf and intermediate. */
  readonly chainFile: string
  readonly keyFile: string
}

export const keyTypes = ['rsa2048', 'rsa-pss', 'ecdsa-p256', 'ecdsa-p384', 'ecdsa-p521', 'ed25519'] as const
export type KeyType = (typeof keyTypes)[number]

export const serverName = 'server.test'

/**
 * Made once a day and shared by all processes of a run: the finished folder appears in one step. It is made when
 * something of it is used, so that a file of tests loads also where there is no OpenSSL and they are skipped.
 */
export function testPki(): TestPki {
  return {
    get trustAnchorsFile() {
      return join(madePki(), 'trust-anchors.pem')
    },
    get trustAnchors() {
      return readFileSync(join(madePki(), 'trust-anchors.pem'), 'utf8')
    },
    get leaf() {
      return Object.fromEntries(keyTypes.map((type) => [type, credentials(type, 'leaf')])) as TestPki['leaf']
    },
    get wrongName() {
      return credentials('ecdsa-p256', 'wrong-name')
    },
    get unknownIssuer() {
      return credentials('unknown', 'leaf')
    },
    get expired() {
      return credentials('ecdsa-p256', 'expired')
    },
  }
}

function madePki(): string {
  if (!isFresh(pkiFolder)) createPki()
  return pkiFolder
}

function credentials(hierarchy: string, name: string): Credentials {
  const folder = join(madePki(), hierarchy)
  return {
    leafFile: join(folder, `${name}.pem`),
    intermediateFile: join(folder, 'intermediate.pem'),
    chainFile: join(folder, `${name}-chain.pem`),
    keyFile: join(folder, `${name}.key`),
  }
}

function createPki(): void {
  mkdirSync(cacheFolder, { recursive: true })
  const folder = mkdtempSync(join(cacheFolder, 'pki-making-'))
  const roots = keyTypes.map((type) => createHierarchy(join(folder, type), type, type))
  writeFileSync(join(folder, 'trust-anchors.pem'), roots.join(''))
  createHierarchy(join(folder, 'unknown'), 'ecdsa-p256', 'unknown')

  const p256 = join(folder, 'ecdsa-p256')
  createKey(p256, 'wrong-name', 'ecdsa-p256')
  sign(p256, 'wrong-name', 'intermediate', { commonName: 'other.test', extensions: leafExtensions('DNS:other.test') })
  createKey(p256, 'expired', 'ecdsa-p256')
  signExpired(p256)
  for (const name of ['wrong-name', 'expired']) writeChain(p256, name)

  rmSync(pkiFolder, { recursive: true, force: true })
  try {
    renameSync(folder, pkiFolder)
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    // another process was quicker
    if (!isFresh(pkiFolder)) throw error
  }
}

/** Returns the root's PEM. */
function createHierarchy(folder: string, type: KeyType, label: string): string {
  mkdirSync(folder, { recursive: true })
  for (const name of ['root', 'intermediate', 'leaf']) createKey(folder, name, type)
  sign(folder, 'root', 'root', { commonName: `webtls test root ${label}`, extensions: authorityExtensions })
  sign(folder, 'intermediate', 'root', {
    commonName: `webtls test intermediate ${label}`,
    extensions: [...authorityExtensions, 'authorityKeyIdentifier=keyid'],
  })
  sign(folder, 'leaf', 'intermediate', { commonName: serverName, extensions: leafExtensions(leafNames) })
  writeChain(folder, 'leaf')
  return readFileSync(join(folder, 'root.pem'), 'utf8')
}

function createKey(folder: string, name: string, type: KeyType): void {
  openssl(folder, 'genpkey', ...keyOptions[type], '-out', `${name}.key`)
}

interface Subject {
  readonly commonName: string
  readonly extensions: readonly string[]
}

function sign(folder: string, name: string, issuer: string, subject: Subject): void {
  request(folder, name, subject)
  openssl(
    folder,
    ...['x509', '-req', '-in', `${name}.csr`, '-extfile', `${name}.ext`, '-days', '30', '-out', `${name}.pem`],
    ...(issuer === name ? ['-key', `${name}.key`] : ['-CA', `${issuer}.pem`, '-CAkey', `${issuer}.key`]),
  )
}

/** `openssl x509` of OpenSSL 3.0 cannot choose both dates; `openssl ca` can. */
function signExpired(folder: string): void {
  request(folder, 'expired', { commonName: serverName, extensions: leafExtensions(leafNames) })
  writeFileSync(join(folder, 'index.txt'), '')
  writeFileSync(
    join(folder, 'ca.cnf'),
    '[ca]\ndefault_ca=test\n[test]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\npolicy=any\n[any]\ncommonName=supplied\n',
  )
  openssl(
    folder,
    ...['ca', '-batch', '-notext', '-config', 'ca.cnf', '-cert', 'intermediate.pem', '-keyfile', 'intermediate.key'],
    ...['-create_serial', '-md', 'sha256', '-startdate', '20200101000000Z', '-enddate', '20210101000000Z'],
    ...['-extfile', 'expired.ext', '-in', 'expired.csr', '-out', 'expired.pem'],
  )
}

function request(folder: string, name: string, subject: Subject): void {
  writeFileSync(join(folder, `${name}.ext`), `${subject.extensions.join('\n')}\n`)
  openssl(folder, 'req', '-new', '-key', `${name}.key`, '-subj', `/CN=${subject.commonName}`, '-out', `${name}.csr`)
}

function writeChain(folder: string, name: string): void {
  const parts = [name, 'intermediate'].map((part) => readFileSync(join(folder, `${part}.pem`), 'utf8'))
  writeFileSync(join(folder, `${name}-chain.pem`), parts.join(''))
}

function openssl(folder: string, ...args: readonly string[]): void {
  execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
}

function isFresh(folder: string): boolean {
  return existsSync(folder) && Date.now() - statSync(folder).mtimeMs < oneDayMilliseconds
}

function leafExtensions(names: string): readonly string[] {
  return [
    'basicConstraints=critical,CA:FALSE',
    'keyUsage=critical,digitalSignature',
    'extendedKeyUsage=serverAuth',
    'subjectKeyIdentifier=hash',
    'authorityKeyIdentifier=keyid',
    `subjectAltName=${names}`,
  ]
}

const authorityExtensions = [
  'basicConstraints=critical,CA:TRUE',
  'keyUsage=critical,keyCertSign,cRLSign',
  'subjectKeyIdentifier=hash',
]

const leafNames = `DNS:${serverName},DNS:localhost,IP:127.0.0.1`

const curve = (name: string) => ['-algorithm', 'EC', '-pkeyopt', `ec_paramgen_curve:${name}`]

/** For `openssl genpkey`. */
export const keyOptions: Readonly<Record<KeyType, readonly string[]>> = {
  rsa2048: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  'rsa-pss': [
    ...['-algorithm', 'RSA-PSS', '-pkeyopt', 'rsa_keygen_bits:2048', '-pkeyopt', 'rsa_pss_keygen_md:sha256'],
    ...['-pkeyopt', 'rsa_pss_keygen_mgf1_md:sha256', '-pkeyopt', 'rsa_pss_keygen_saltlen:32'],
  ],
  'ecdsa-p256': curve('P-256'),
  'ecdsa-p384': curve('P-384'),
  'ecdsa-p521': curve('P-521'),
  ed25519: ['-algorithm', 'ED25519'],
}

const oneDayMilliseconds = 24 * 60 * 60 * 1000
const cacheFolder = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url))
const pkiFolder = join(cacheFolder, 'webtls-test-pki')
