import { TlsError, type TlsErrorCode } from '../../src/index.js'
import { RelayError, type RelayErrorCode } from '../../src/websocket.js'
import { HttpError } from '../http/http-error.js'

/** A failure as a person wants it told. */
export interface Failure {
  readonly title: string
  /** What is to be understood from it. */
  readonly meaning: string
  /** What to try, the likeliest first. */
  readonly advice: readonly string[]
  /** A stable code, for the curious and for bug reports. */
  readonly code: string
  readonly message: string
  readonly alert: { readonly name: string; readonly by: 'page' | 'server' } | undefined
}

interface Explanation {
  readonly title: string
  readonly meaning: string
  readonly advice: readonly string[]
}

export function explain(error: unknown): Failure {
  const relayError = relayErrorOf(error)
  if (relayError) return failure(relayExplanations[relayError.code], relayError.code, relayError.message)
  if (error instanceof TlsError) {
    const alert =
      error.alert === undefined
        ? undefined
        : ({ name: error.alert, by: error.code === 'peer_alert' ? 'server' : 'page' } as const)
    return { ...failure(explainTls(error), error.code, error.message), alert }
  }
  if (error instanceof HttpError) return failure(httpExplanation, `http_${error.code}`, error.message)
  if (error instanceof RangeError) return failure(formExplanation, 'invalid_form', error.message)
  return failure(unknownExplanation, 'unexpected', error instanceof Error ? error.message : String(error))
}

/** All of it as text, for the clipboard. */
export function failureText(failure: Failure): string {
  const { title, meaning, advice, code, message, alert } = failure
  return [
    title,
    meaning,
    `code: ${code}`,
    ...(alert ? [`alert: ${alert.name}, sent by the ${alert.by}`] : []),
    `message: ${message}`,
    ...(advice.length > 0 ? ['', 'What to try:', ...advice.map((line) => `- ${line}`)] : []),
  ].join('\n')
}

const failure = (explanation: Explanation, code: string, message: string): Failure => ({
  ...explanation,
  code,
  message,
  alert: undefined,
})

/** A relay's error is the cause of a TlsError, or the cause of its cause. */
function relayErrorOf(error: unknown): RelayError | undefined {
  for (let each = error, depth = 0; each instanceof Error && depth < 5; each = each.cause, depth++) {
    if (each instanceof RelayError) return each
  }
  return undefined
}

function explainTls(error: TlsError): Explanation {
  if (error.code === 'peer_alert') return alertExplanations[error.alert ?? ''] ?? serverRefused
  return tlsExplanations[error.code] ?? (error.code.startsWith('certificate_') ? certificateRefused : peerBroke)
}

const certificateRefused: Explanation = {
  title: 'The server’s certificate was refused',
  meaning: 'The connection was ended before anything was sent: the certificate breaks a rule, named below.',
  advice: ['Read which rule and which certificate it is; only the server’s operator can mend it.'],
}

const peerBroke: Explanation = {
  title: 'The other side broke the protocol',
  meaning: 'What arrived is not what TLS 1.3 allows at this point, so the connection was ended.',
  advice: ['Check that there is a TLS 1.3 server behind this host and port.', 'Check the port: 443 is the usual one.'],
}

const serverRefused: Explanation = {
  title: 'The server ended the connection',
  meaning: 'It said why with an alert, whose name is below.',
  advice: ['Look into the server’s own log: it knows more than an alert can say.'],
}

const httpExplanation: Explanation = {
  title: 'The answer is not proper HTTP',
  meaning: 'TLS went well; what the server said inside it does not read as a whole HTTP/1.1 answer.',
  advice: ['Check that it is a web server, and that ALPN offers http/1.1: this page does not speak HTTP/2.'],
}

const formExplanation: Explanation = {
  title: 'Something in the form is not right',
  meaning: 'Nothing was sent.',
  advice: [],
}

const unknownExplanation: Explanation = {
  title: 'Something unexpected went wrong',
  meaning: 'This looks like a defect of the demo rather than of the connection.',
  advice: ['Copy the details into a bug report.'],
}

const tlsExplanations: Partial<Record<TlsErrorCode, Explanation>> = {
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
  transport_failed: {
    title: 'The way to the server broke',
    meaning: 'The WebSocket to the relay, or the relay’s connection to the server, was lost.',
    advice: ['Try again.', 'Check that the relay is running.'],
  },
}

/** By the alert that the server sent. */
const alertExplanations: Readonly<Record<string, Explanation>> = {
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

const relayDown: Explanation = {
  title: 'The relay cannot be reached',
  meaning: 'No WebSocket to the relay: nothing was sent to the server.',
  advice: [
    'Check that the relay is running, and its address under Options.',
    'A relay lets in only the pages that it was told of: its log says when it refused one.',
  ],
}

const targetDown: Explanation = {
  title: 'The relay found no server there',
  meaning: 'The relay is fine; the server that it should reach does not answer.',
  advice: ['Check the host and the port.', 'The relay must reach it from where the relay runs, not from here.'],
}

const lost: Explanation = {
  title: 'The connection broke off',
  meaning: 'What arrived until then is genuine; the rest is missing.',
  advice: ['Try again.'],
}

const relayExplanations: Readonly<Record<RelayErrorCode, Explanation>> = {
  blocked: {
    title: 'The relay refuses to go there',
    meaning: 'A relay reaches only what its operator allows, and private addresses least of all.',
    advice: ['Start the demo with `npm run demo -- --allow host:port` for a target of your own.'],
  },
  bad_target: { ...targetDown, title: 'The relay does not understand the target' },
  unauthorized: { ...relayDown, title: 'The relay wants a token', meaning: 'It admits only those who have one.' },
  forbidden_origin: {
    ...relayDown,
    title: 'The relay does not admit this page',
    meaning: 'A relay serves only pages from origins that it knows.',
  },
  unresolvable: {
    title: 'There is no such host',
    meaning: 'The relay could not resolve the name.',
    advice: ['Check the spelling of the host.', 'The relay’s resolver decides, not this computer’s.'],
  },
  refused: targetDown,
  unreachable: targetDown,
  timed_out: targetDown,
  limit: {
    title: 'The relay is full',
    meaning: 'It limits how many connections one client, or all together, may have.',
    advice: ['Close other tabs with connections, or wait a moment.'],
  },
  reset: lost,
  idle: { ...lost, meaning: 'Nothing was said for too long, so the relay ended it.' },
  shutting_down: { ...lost, meaning: 'The relay is shutting down.' },
  relay_lost: { ...lost, meaning: 'The WebSocket to the relay broke off.' },
  relay_unreachable: relayDown,
  protocol_error: {
    title: 'This is not a relay of ours',
    meaning: 'What answers there does not speak the relay protocol.',
    advice: ['Check the relay’s address under Options.'],
  },
  overflow: lost,
  failed: lost,
}
