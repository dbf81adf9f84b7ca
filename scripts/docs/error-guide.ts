import type { TlsErrorCode } from '../../src/errors/codes.js'

interface ErrorAdvice {
  /** What has happened. */
  readonly means: string
  readonly whatToDo: string
  /** s2n-tls's names for the same failure, the nearest first. */
  readonly s2n: readonly string[]
}

const reportIt = 'report it to whoever runs the peer, with the message.'
const peerIsBroken = `Nothing in the configuration helps: ${reportIt}`
const fixTheCall = 'Correct the call; the message names the option and what it may be.'

/** What docs/errors.md says of each code, beside its category and alert. */
export const errorGuide: Readonly<Record<TlsErrorCode, ErrorAdvice>> = {
  decode_error: {
    means: 'A message or a record from the peer does not have the form that the RFC gives it.',
    whatToDo: `Check that the other side speaks TLS at all and at once (a database may want a STARTTLS first). If it does: ${reportIt}`,
    s2n: ['S2N_ERR_BAD_MESSAGE'],
  },
  illegal_parameter: {
    means: 'A field has a value that it may not have, or that contradicts another: a bad key share among others.',
    whatToDo: peerIsBroken,
    s2n: ['S2N_ERR_BAD_MESSAGE', 'S2N_ERR_BAD_KEY_SHARE', 'S2N_ERR_INVALID_HELLO_RETRY'],
  },
  unexpected_message: {
    means: 'A message came that has no place in this state of the handshake.',
    whatToDo: peerIsBroken,
    s2n: ['S2N_ERR_BAD_MESSAGE'],
  },
  record_overflow: {
    means: 'A record is longer than a record may be, or than was agreed on.',
    whatToDo: peerIsBroken,
    s2n: ['S2N_ERR_FRAGMENT_LENGTH_TOO_LARGE', 'S2N_ERR_MAX_INNER_PLAINTEXT_SIZE'],
  },
  bad_record_mac: {
    means: 'A record cannot be decrypted: it was changed on the way, or the sides have different keys.',
    whatToDo: 'Look at what lies between the two sides (relay, proxy), which must hand on every byte as it is.',
    s2n: ['S2N_ERR_DECRYPT'],
  },
  missing_extension: {
    means: 'The peer left out an extension that the handshake needs.',
    whatToDo: peerIsBroken,
    s2n: ['S2N_ERR_MISSING_EXTENSION'],
  },
  unsupported_extension: {
    means: 'The peer answered with an extension that was not asked for, or put one where it may not stand.',
    whatToDo: peerIsBroken,
    s2n: ['S2N_ERR_UNSUPPORTED_EXTENSION', 'S2N_ERR_DUPLICATE_EXTENSION'],
  },
  message_too_large: {
    means: 'A handshake message is longer than its limit.',
    whatToDo: 'For a Certificate message, raise `maxCertificateLength` if such chains are to be taken.',
    s2n: ['S2N_ERR_BAD_MESSAGE'],
  },
  too_many_messages: {
    means: 'The peer sent more messages of a kind without data between them than anyone has use for.',
    whatToDo: peerIsBroken,
    s2n: [],
  },
  handshake_failure: {
    means: 'The two sides have no cipher suite, group, signature scheme or pre-shared key in common.',
    whatToDo: 'Compare the security policies of both sides; `policy.available()` tells what the platform leaves out.',
    s2n: ['S2N_ERR_CIPHER_NOT_SUPPORTED', 'S2N_ERR_NO_VALID_SIGNATURE_SCHEME', 'S2N_ERR_ECDHE_UNSUPPORTED_CURVE'],
  },
  insufficient_security: {
    means: 'What the peer offers is weaker than what is asked for here.',
    whatToDo: 'Compare the security policies of both sides.',
    s2n: [],
  },
  protocol_version: {
    means: 'The peer does not speak TLS 1.3.',
    whatToDo: 'Enable TLS 1.3 on the peer; older versions are not spoken here.',
    s2n: ['S2N_ERR_PROTOCOL_VERSION_UNSUPPORTED'],
  },
  downgrade_detected: {
    means: 'A server that knows TLS 1.3 was made to choose an older version: someone on the way changed the hello.',
    whatToDo: 'Look for a box on the way that opens TLS. Do not connect over this network until it is found.',
    s2n: ['S2N_ERR_PROTOCOL_DOWNGRADE_DETECTED'],
  },
  no_application_protocol: {
    means: 'Both sides named application protocols (ALPN), and none is the same.',
    whatToDo: 'Compare `alpnProtocols` of both sides.',
    s2n: ['S2N_ERR_NO_APPLICATION_PROTOCOL'],
  },
  unrecognized_name: {
    means: 'The server has no certificate for the name that the client asks for.',
    whatToDo: 'Add an identity for it, or one at the front of the list for all other names.',
    s2n: [],
  },
  finished_mismatch: {
    means: 'The Finished message, or a PSK binder, does not match what was said: the handshake was changed on the way.',
    whatToDo: 'For an external PSK, compare the key on both sides. Else look for a box on the way that opens TLS.',
    s2n: ['S2N_ERR_BAD_MESSAGE'],
  },
  signature_invalid: {
    means: 'The peer cannot prove that it has the key of its certificate.',
    whatToDo: 'Check that certificate and private key of the peer belong together.',
    s2n: ['S2N_ERR_VERIFY_SIGNATURE'],
  },
  certificate_required: {
    means: 'The server wants a certificate of the client, and none came.',
    whatToDo: 'Give the client `identities` whose issuer and kind of key the server takes.',
    s2n: ['S2N_ERR_MISSING_CLIENT_CERT'],
  },
  certificate_malformed: {
    means: 'A certificate of the peer cannot be read.',
    whatToDo: 'Have it issued anew; the message names the field.',
    s2n: ['S2N_ERR_DECODE_CERTIFICATE'],
  },
  certificate_invalid: {
    means: 'A certificate breaks a rule of RFC 5280 or of the profile that is asked for.',
    whatToDo: 'Read `rule`, `section` and `certificate` of the CertificateError, and have the certificate replaced.',
    s2n: ['S2N_ERR_CERT_INVALID', 'S2N_ERR_CERT_INTENT_INVALID'],
  },
  certificate_signature_invalid: {
    means: 'A certificate is not signed by the one that it names as its issuer.',
    whatToDo: 'Check the chain that the peer sends and the trust anchor: a CA may have changed its key.',
    s2n: ['S2N_ERR_CERT_UNTRUSTED'],
  },
  certificate_name_mismatch: {
    means: 'The certificate is for other names.',
    whatToDo: 'Connect by a name that is in it (`serverName`), or have it issued for this one.',
    s2n: ['S2N_ERR_CERT_INVALID_HOSTNAME'],
  },
  certificate_expired: {
    means: 'A certificate is no longer valid.',
    whatToDo: 'Renew it. Check the clock of this machine.',
    s2n: ['S2N_ERR_CERT_EXPIRED'],
  },
  certificate_not_yet_valid: {
    means: 'A certificate is not valid yet.',
    whatToDo: 'Check the clocks of this machine and of the CA.',
    s2n: ['S2N_ERR_CERT_NOT_YET_VALID'],
  },
  certificate_revoked: {
    means: 'Its CA has revoked a certificate.',
    whatToDo: 'Do not trust the peer until it has another one.',
    s2n: ['S2N_ERR_CERT_REVOKED'],
  },
  certificate_unknown_issuer: {
    means: 'No path leads from the certificate to a trust anchor.',
    whatToDo: 'Give the right `trustAnchors`. If they are right, the peer leaves an intermediate out of its chain.',
    s2n: ['S2N_ERR_CERT_UNTRUSTED'],
  },
  certificate_unsupported: {
    means: 'A certificate has a key, a signature or a critical extension that is not supported, or not allowed here.',
    whatToDo: 'Have it replaced, or choose a security policy that allows it.',
    s2n: [
      'S2N_ERR_CERT_TYPE_UNSUPPORTED',
      'S2N_ERR_CERT_UNHANDLED_CRITICAL_EXTENSION',
      'S2N_ERR_SECURITY_POLICY_INCOMPATIBLE_CERT',
    ],
  },
  certificate_refused: {
    means: 'The chain is valid, and `verifyPeer` refused it.',
    whatToDo: 'See `cause` for what it threw.',
    s2n: ['S2N_ERR_CERT_REJECTED'],
  },
  certificate_budget_exceeded: {
    means: 'The chain would take more work to check than is allowed for.',
    whatToDo: 'Raise `certificateValidation.limits` if such chains are to be taken.',
    s2n: ['S2N_ERR_CERT_MAX_CHAIN_DEPTH_EXCEEDED'],
  },
  certificate_status_invalid: {
    means: 'The status of a certificate is unknown: a stapled OCSP response or a CRL is missing, old or not genuine.',
    whatToDo: 'Renew the staple on the server, or the lists here.',
    s2n: ['S2N_ERR_CRL_LOOKUP_FAILED', 'S2N_ERR_CRL_SIGNATURE', 'S2N_ERR_CRL_EXPIRED', 'S2N_ERR_CRL_NOT_YET_VALID'],
  },
  peer_alert: {
    means: 'The peer ended the connection with an alert.',
    whatToDo: 'Read `alert`: it says what the peer did not like. Its own log says more.',
    s2n: ['S2N_ERR_ALERT'],
  },
  truncated: {
    means: 'The transport ended without close_notify: data may be missing.',
    whatToDo: 'Treat what came as incomplete, unless the application protocol shows its own end.',
    s2n: ['S2N_ERR_CLOSED', 'S2N_ERR_SHUTDOWN_CLOSED'],
  },
  closed: {
    means: 'The connection is closed already.',
    whatToDo: 'Open another one.',
    s2n: ['S2N_ERR_CLOSED'],
  },
  transport_failed: {
    means: 'The transport below failed.',
    whatToDo: 'See `cause`, which is the transport’s own error.',
    s2n: ['S2N_ERR_IO'],
  },
  handshake_timeout: {
    means: 'The handshake took too long.',
    whatToDo: 'Check the network and the peer, or allow more time.',
    s2n: [],
  },
  aborted: {
    means: 'The caller ended the connection: `signal`, or `close` with a reason.',
    whatToDo: 'Nothing; `cause` is the reason.',
    s2n: ['S2N_ERR_CANCELLED'],
  },
  invalid_argument: {
    means: 'An argument cannot be right.',
    whatToDo: fixTheCall,
    s2n: [
      'S2N_ERR_INVALID_ARGUMENT',
      'S2N_ERR_INVALID_SECURITY_POLICY',
      'S2N_ERR_DEPRECATED_SECURITY_POLICY',
      'S2N_ERR_INVALID_PEM',
      'S2N_ERR_DECODE_PRIVATE_KEY',
      'S2N_ERR_KEY_MISMATCH',
    ],
  },
  invalid_state: {
    means: 'The call is not possible now, for example before the handshake is done.',
    whatToDo: 'Wait for `opened` first.',
    s2n: ['S2N_ERR_INVALID_STATE', 'S2N_ERR_HANDSHAKE_NOT_COMPLETE'],
  },
  unsupported: {
    means: 'This runtime cannot do what is asked for.',
    whatToDo: 'Ask `policy.available()`; in a page, serve it over HTTPS, without which there is no WebCrypto.',
    s2n: ['S2N_ERR_API_UNSUPPORTED_BY_LIBCRYPTO', 'S2N_ERR_UNIMPLEMENTED'],
  },
  internal: {
    means: 'A fault of this library or of the runtime’s cryptography.',
    whatToDo: 'Please report it, with `cause` and the stack.',
    s2n: ['S2N_ERR_SAFETY', 'S2N_ERR_INTERNAL_LIBCRYPTO_ERROR'],
  },
}
