import { HttpError } from '../../src/http.js'
import { TlsError } from '../../src/index.js'
import { RelayError } from '../../src/websocket.js'
import type { Explanation } from './explanation.js'
import { relayExplanations } from './relay-explanations.js'
import { alertExplanations, formExplanation, serverRefused, tlsExplanations } from './tls-explanations.js'

/** A failure as a person wants it told. */
export interface Failure extends Explanation {
  /** A stable code, for the curious and for bug reports. */
  readonly code: string
  readonly message: string
  readonly alert: { readonly name: string; readonly by: 'page' | 'server' } | undefined
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

const httpExplanation: Explanation = {
  title: 'The answer is not proper HTTP',
  meaning: 'TLS went well; what the server said inside it does not read as a whole HTTP/1.1 answer.',
  advice: ['Check that it is a web server, and that ALPN offers http/1.1: this page does not speak HTTP/2.'],
}

const unknownExplanation: Explanation = {
  title: 'Something unexpected went wrong',
  meaning: 'This looks like a defect of the demo rather than of the connection.',
  advice: ['Copy the details into a bug report.'],
}
