import { CertificateError } from '../certificates/certificate-error.js'
import type { TlsErrorCode } from '../errors/codes.js'
import type { TlsError } from '../errors/tls-error.js'

/** What to try, for a failure that a user can do something about. */
export function adviceFor(error: TlsError): readonly string[] {
  const { code, alert } = error
  // no certificate was judged: it came where a PSK was to be chosen
  if (code === 'certificate_unknown_issuer' && !(error instanceof CertificateError)) return unchosenPskAdvice
  if (code === 'peer_alert') return alertAdvice[alert ?? ''] ?? ["Look into the peer's own log: it knows more."]
  return codeAdvice[code] ?? []
}

const otherPsk = 'an imported PSK (RFC 9258) and a plain one of the same key are two, and not found for each other.'

const unchosenPskAdvice = [
  'Does the server have this PSK, under the same --psk-identity?',
  `Is it plain there? On the wire ${otherPsk}`,
  'To take its certificate as well: --ca ca.pem, or --roots mozilla.',
]

const clock = 'Check the clock of this machine.'

const codeAdvice: { readonly [C in TlsErrorCode]?: readonly string[] } = {
  certificate_unknown_issuer: [
    'Is it a private CA? Give its certificate: --ca ca.pem. A public one? --roots mozilla, or system.',
    'Does the chain above end below its root? Then the server leaves an intermediate certificate out: it must send it.',
  ],
  certificate_name_mismatch: [
    'Ask for a name that the certificate has (see "names" above): --servername NAME.',
    'Without --servername the host that is dialled must be in the certificate; an address needs an IP entry.',
  ],
  certificate_expired: ["The server's operator must renew the certificate that is named above.", clock],
  certificate_not_yet_valid: [clock, 'Else the certificate that is named above was put to use too early.'],
  certificate_revoked: ['Its CA has withdrawn the certificate: the server needs a new one.'],
  certificate_signature_invalid: [
    'Is the right CA given? Two with one name and different keys look like this.',
    'Else the chain was altered, or put together wrongly.',
  ],
  certificate_unsupported: ['The certificate uses an algorithm or a critical extension that is not known here.'],
  certificate_required: ['The client sent no certificate: with webtls connect, --cert and --key.'],
  protocol_version: ['The peer does not speak TLS 1.3: enable it there (OpenSSL 1.1.1, Java 11 and later have it).'],
  decode_error: ['Is it TLS at all? Servers of mail and databases may need --starttls, others another port.'],
  unexpected_message: ['Is it TLS at all? Servers of mail and databases may need --starttls, others another port.'],
  record_overflow: ['Is it TLS at all? Servers of mail and databases may need --starttls, others another port.'],
  truncated: ['What arrived is genuine but may not be all. The peer, or the network, gave up: see its log.'],
  no_application_protocol: ['Peers must share a protocol: see --alpn.'],
  handshake_failure: ['Both sides must share a cipher suite, a group and a signature scheme: try without --policy.'],
  handshake_timeout: ['Give it more time with --timeout, or look whether a firewall swallows large packets.'],
  transport_failed: ['Check host and port, and whether a firewall lets the connection through.'],
  internal: ['This is a defect of webtls: please report it with the command and this output.'],
}

const notTls13 = 'Its TLS 1.3 settings and ours may have nothing in common: try other --groups, --suites or --schemes.'

const alertAdvice: Readonly<Record<string, readonly string[]>> = {
  handshake_failure: [notTls13, `With a PSK: perhaps the server does not have it (--psk-identity); ${otherPsk}`],
  insufficient_security: [notTls13],
  protocol_version: ['The server does not speak TLS 1.3: enable it there.'],
  certificate_required: ['The server wants a client certificate: --cert chain.pem --key key.pem.'],
  unknown_ca: ['The peer does not trust the CA of our certificate (--cert), or the chain lacks an intermediate.'],
  bad_certificate: ['The peer refused our certificate (--cert): see its log for the rule.'],
  certificate_unknown: ['The peer refused our certificate (--cert): see its log for the rule.'],
  certificate_expired: ['Our certificate (--cert) has expired, or the clock of the peer is wrong.'],
  unsupported_certificate: ['The peer cannot use our certificate (--cert): perhaps its kind of key.'],
  unrecognized_name: ['The server knows no such name: try another --servername.'],
  no_application_protocol: [
    'The server speaks none of the protocols that were offered: change --alpn, or leave it out.',
  ],
  unknown_psk_identity: ['The server does not know this --psk-identity.'],
  decrypt_error: ['With a PSK: the two sides have different keys (--psk). Else a signature or Finished was wrong.'],
  access_denied: ['The server knows who you are and does not let you in.'],
}
