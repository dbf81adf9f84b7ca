import type { TlsErrorCode } from '../../src/index.js'
import type { Explanation } from './explanation.js'

export const serverRefused: Explanation = {
  title: 'The server ended the connection',
  meaning: 'It said why with an alert, whose name is below.',
  advice: ['Look into the server’s own log: it knows more than an alert can say.'],
}

export const formExplanation: Explanation = {
  title: 'Something in the form is not right',
  meaning: 'Nothing was sent.',
  advice: [],
}

export const tlsExplanations: Partial<Record<TlsErrorCode, Explanation>> = {
  certificate_name_mismatch: {
    title: 'This server is somebody else',
    meaning:
      'Its certificate is valid, but not for the name that was asked for. An impostor with a certificate of its own looks just like this, so nothing was sent.',
    advice: [
      'Ask for one of the names in the certificate; the message below lists them.',
      'If you dial an address, put the name under Options, “Name in the certificate”.',
    ],
  },
  certificate_unknown_issuer: {
    title: 'Nobody you trust vouches for this server',
    meaning:
      'No path leads from its certificate to a CA that you gave. Anyone can make such a certificate, so nothing was sent.',
    advice: [
      'Under Options, Trust, choose the embedded CA, or paste the right root certificate.',
      'If the root is right, the server may leave out an intermediate certificate: it must send it.',
    ],
  },
  certificate_expired: {
    title: 'The certificate has expired',
    meaning: 'A certificate in the path is past its last day, so nothing was sent.',
    advice: ['The server’s operator must renew it.', 'Check the clock of this computer.'],
  },
  certificate_not_yet_valid: {
    title: 'The certificate is not valid yet',
    meaning: 'A certificate in the path has a first day that lies in the future.',
    advice: ['Check the clock of this computer: it may be behind.'],
  },
  bad_record_mac: {
    title: 'Somebody changed a byte on the way',
    meaning:
      'A record did not pass authentication: its bytes are not those that the server sealed. Not one byte of it was handed to the page, and all that came before it is genuine.',
    advice: ['Try another network or relay: what lies between you and the server alters data.'],
  },
  truncated: {
    title: 'The connection was cut off',
    meaning:
      'The transport ended without the server’s goodbye (close_notify). What arrived is genuine but not all of it: plain HTTP could have taken it for whole.',
    advice: ['Try again: the server or the network gave up in the middle.', 'Look into the server’s log.'],
  },
  closed: {
    title: 'The server closed the connection too soon',
    meaning: 'It said goodbye properly, before it was done.',
    advice: ['Look into the server’s own log.'],
  },
  protocol_version: {
    title: 'The server does not speak TLS 1.3',
    meaning: 'It wants an older version, which this library does not have.',
    advice: ['Enable TLS 1.3 on the server: OpenSSL 1.1.1, Java 11, nginx 1.13 and later have it.'],
  },
  unrecognized_name: serverRefused,
  aborted: { title: 'Stopped', meaning: 'You ended the connection.', advice: [] },
  invalid_argument: formExplanation,
  unsupported: {
    title: 'This browser cannot do it',
    meaning: 'WebCrypto is missing, or has none of the algorithms that were asked for.',
    advice: ['Open the page over https:// or from localhost.', 'Choose “any” for cipher suite and key exchange.'],
  },
  internal: {
    title: 'The library failed',
    meaning: 'This is a defect of webtls itself, not of the server or of the relay.',
    advice: ['Copy the details into a bug report.'],
  },
  transport_failed: {
    title: 'The way to the server broke',
    meaning: 'The WebSocket to the relay, or the relay’s connection to the server, was lost.',
    advice: ['Try again.', 'Check that the relay is running.'],
  },
}

/** By the alert that the server sent. */
export const alertExplanations: Readonly<Record<string, Explanation>> = {
  no_application_protocol: {
    title: 'No protocol in common',
    meaning: 'The server speaks none of the application protocols that were offered by ALPN.',
    advice: ['Offer http/1.1 under Options, ALPN, or leave the field empty.'],
  },
  handshake_failure: {
    title: 'Nothing in common',
    meaning: 'The server accepts none of the cipher suites, groups or signature schemes that were offered.',
    advice: ['Choose “any” for cipher suite and key exchange under Options.'],
  },
  protocol_version: {
    title: 'The server does not speak TLS 1.3',
    meaning: 'It wants an older version, which this library does not have.',
    advice: ['Enable TLS 1.3 on the server.'],
  },
  unrecognized_name: {
    title: 'The server does not know this name',
    meaning: 'It has no site by the name that it was asked for.',
    advice: ['Check the host, or put the right name under Options, “Name in the certificate”.'],
  },
  certificate_required: {
    title: 'The server wants a certificate from you',
    meaning: 'It admits only clients that show one, which this page does not do.',
    advice: ['Use the library’s `identity` option in a program of your own.'],
  },
}
