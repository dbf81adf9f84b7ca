/**
 * The runner's command line. Only what is named here is understood; any other flag means that the test is about
 * something this shim cannot do, and it says so by exit code 89.
 */

export class Unimplemented extends Error {}

/** Flags without a value. */
const switches = [
  'server',
  'ipv6',
  'check-close-notify',
  'shim-shuts-down',
  'shim-writes-first',
  'write-different-record-sizes',
  'key-update',
  'key-update-before-read',
  'use-exporter-between-reads',
  'use-export-context',
  'export-traffic-secrets',
  'enable-early-data',
  'enable-grease',
  'no-ticket',
  'no-tls13',
  'require-any-client-certificate',
  'verify-peer',
  'verify-fail',
  'use-custom-verify-callback',
  'reverify-on-resume',
  'decline-alpn',
  'reject-alpn',
  'select-empty-alpn',
  'install-cert-compression-algs',
  'no-key-shares',
  'must-match-issuer',
  'use-early-callback',
  'fail-early-callback',
  'install-ddos-callback',
  'fail-ddos-callback',
  'use-cert-callback',
  'fail-cert-callback',
  'set-ocsp-in-callback',
  'decline-ocsp-callback',
  'fail-ocsp-callback',
  'use-ocsp-callback',
  'psk-importer-sha256',
  'psk-importer-sha384',
  'fips-202205',
  'wpa-202304',
  'cnsa-202407',
  'cnsa1-202603',
  'cnsa2-202603',
  'expect-session-miss',
  'expect-no-session',
  'expect-ticket-supports-early-data',
  'expect-accept-early-data',
  'expect-reject-early-data',
  'expect-no-offer-early-data',
  'expect-no-server-name',
  'expect-no-peer-cert',
  'expect-hrr',
  'enable-ocsp-stapling',
  'enable-signed-cert-timestamps',
  'expect-no-hrr',
] as const

/** Flags with a number. */
const numbers = [
  'port',
  'resume-count',
  'min-version',
  'max-version',
  'expect-version',
  'export-keying-material',
  'repeat-shim-initial-write',
  'resumption-delay',
  'max-cert-list',
  'install-one-cert-compression-alg',
  'max-send-fragment',
  'expect-peer-signature-algorithm',
  'expect-curve-id',
  'expect-cipher',
  'expect-cipher-aes',
  'expect-selected-credential',
] as const

/** Flags with a number that may come several times. */
const lists = ['curves', 'key-shares', 'verify-prefs', 'signing-prefs', 'expect-peer-verify-pref'] as const

const strings = [
  'shim-id',
  'host-name',
  'advertise-alpn',
  'select-alpn',
  'expect-alpn',
  'expect-advertised-alpn',
  'expect-server-name',
  'export-label',
  'export-context',
  'shim-initial-write',
  'cert-file',
  'key-file',
  'trust-cert',
  'use-client-ca-list',
  'expect-client-ca-list',
  'expect-peer-cert-file',
] as const

const base64 = [
  'ocsp-response',
  'signed-cert-timestamps',
  'psk-importer-key',
  'psk-importer-identity',
  'psk-importer-context',
  'expect-ocsp-response',
  'expect-signed-cert-timestamps',
] as const

/**
 * Flags that change nothing here: WebCrypto and streams are asynchronous anyhow; versions below TLS 1.3 do not exist,
 * nor do what belongs to them (NPN), to DTLS (SRTP) or to QUIC; a stream has neither a peek nor an implicit handshake;
 * tickets are always sealed by keys of the caller. The expectations among them are of values that the library does not
 * show.
 */
const ignoredSwitches: ReadonlySet<string> = new Set([
  'async',
  'implicit-handshake',
  'no-tls1',
  'no-tls11',
  'no-tls12',
  'use-old-client-cert-callback',
  'expect-verify-result',
  'expect-no-session-id',
  'expect-extended-master-secret',
  'expect-secure-renegotiation',
  'no-op-extra-handshake',
  'peek-then-read',
  'use-ticket-callback',
  'use-ticket-aead-callback',
  'server-preference',
  'permute-extensions',
  'no-legacy-server-connect',
  'partial-write',
  'read-with-unfinished-write',
  'renegotiate-freely',
])
const ignoredWithValue: ReadonlySet<string> = new Set([
  'read-size',
  'expect-early-data-reason',
  'expect-ticket-age-skew',
  'expect-cipher-no-aes',
  'srtp-profiles',
  'quic-use-legacy-codepoint',
  'advertise-npn',
])

type Switch = (typeof switches)[number]
type Values = { -readonly [K in (typeof numbers)[number]]?: number } & {
  -readonly [K in (typeof strings)[number]]?: string
} & {
  -readonly [K in (typeof base64)[number]]?: Buffer
}

/** A certificate with its key, or a PSK, in the order in which the runner names them. */
export interface CredentialFlags {
  readonly kind: 'default' | 'x509' | 'psk'
  readonly values: Values
  readonly on: Set<Switch>
  readonly signingPrefs: number[]
}

/** What the command line says of one connection. */
export interface ShimFlags {
  readonly values: Values
  readonly on: Set<Switch>
  readonly lists: { readonly [K in (typeof lists)[number]]: number[] }
  readonly credentials: CredentialFlags[]
}

export type Phase = 'initial' | 'resume' | 'retry'
export type Phases = { readonly [K in Phase]: ShimFlags }

/** @throws Unimplemented for a flag that is not known */
export function parseFlags(args: readonly string[]): Phases {
  const phases: Phases = { initial: emptyFlags(), resume: emptyFlags(), retry: emptyFlags() }
  for (let index = 0; index < args.length; index++) {
    const { name, phase, isForOthers } = splitName(args[index] ?? '')
    const targets = isForOthers ? [] : phase ? [phases[phase]] : Object.values(phases)
    const value = takesValue(name) ? (args[++index] ?? '') : undefined
    for (const flags of targets) apply(flags, name, value)
  }
  return phases
}

/** `-on-resume-expect-alpn` and the like. What is meant for a handshaker in another process is not for us. */
function splitName(arg: string): { name: string; phase: Phase | undefined; isForOthers: boolean } {
  if (!arg.startsWith('-')) throw new Unimplemented(`not a flag: ${arg}`)
  let name = arg.slice(1)
  const isForOthers = name.startsWith('on-handshaker-')
  name = name.replace(/^on-(handshaker|shim)-/, '')
  const match = /^on-(initial|resume|retry)-(.*)$/.exec(name)
  return { name: match?.[2] ?? name, phase: match?.[1] as Phase | undefined, isForOthers }
}

const has = <Name extends string>(names: readonly Name[], name: string): name is Name =>
  (names as readonly string[]).includes(name)

function takesValue(name: string): boolean {
  if (has(switches, name) || ignoredSwitches.has(name) || name in credentialKinds) return false
  if (has(numbers, name) || has(lists, name) || has(strings, name) || has(base64, name)) return true
  if (ignoredWithValue.has(name)) return true
  throw new Unimplemented(`-${name}`)
}

const credentialKinds: Readonly<Record<string, 'x509' | 'psk'>> = {
  'new-x509-credential': 'x509',
  'new-psk-credential': 'psk',
}

/** What follows a `-new-...-credential` is of that credential. */
const ofCredential: ReadonlySet<string> = new Set([
  'cert-file',
  'key-file',
  'ocsp-response',
  'signed-cert-timestamps',
  'signing-prefs',
  'must-match-issuer',
  'psk-importer-key',
  'psk-importer-identity',
  'psk-importer-context',
  'psk-importer-sha256',
  'psk-importer-sha384',
])

function apply(flags: ShimFlags, name: string, value: string | undefined): void {
  const kind = credentialKinds[name]
  if (kind) {
    flags.credentials.push(emptyCredential(kind))
    return
  }
  const credential = ofCredential.has(name) ? flags.credentials.at(-1) : undefined
  const { values, on } = credential ?? flags
  if (has(switches, name)) on.add(name)
  else if (has(numbers, name)) values[name] = Number(value)
  else if (has(strings, name)) values[name] = value ?? ''
  else if (has(base64, name)) values[name] = Buffer.from(value ?? '', 'base64')
  else if (has(lists, name)) (credential?.signingPrefs ?? flags.lists[name]).push(Number(value))
}

const emptyCredential = (kind: CredentialFlags['kind']): CredentialFlags => ({
  kind,
  values: {},
  on: new Set(),
  signingPrefs: [],
})

const emptyFlags = (): ShimFlags => ({
  values: {},
  on: new Set(),
  lists: { curves: [], 'key-shares': [], 'verify-prefs': [], 'signing-prefs': [], 'expect-peer-verify-pref': [] },
  credentials: [],
})
