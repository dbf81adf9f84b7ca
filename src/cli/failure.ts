import type { Certificate } from '../certificates/certificate.js'
import { CertificateError } from '../certificates/certificate-error.js'
import { TlsError } from '../errors/tls-error.js'
import { adviceFor } from './advice.js'
import { exitCodeOf } from './exit-codes.js'
import { printable } from './io.js'
import { certificateJson, chainLines } from './show-certificate.js'
import { StartTlsError } from './starttls/dialogue.js'
import { UsageError } from './usage-error.js'

/** A failure for people: what, which rule, what the peer showed, what to try. */
export async function failureLines(error: unknown, chain: readonly Certificate[] = []): Promise<readonly string[]> {
  if (error instanceof UsageError || error instanceof StartTlsError) return [`webtls: ${printableLines(error.message)}`]
  if (!(error instanceof TlsError)) return [`webtls: ${error instanceof Error ? error.stack : String(error)}`]
  const lines: string[] = []
  if (error.code.startsWith('certificate_') && chain.length > 0) {
    lines.push('The peer showed:', ...(await chainLines(chain)), '')
  }
  lines.push(`webtls: ${printable(error.message)}`, `  code   ${error.code} (${error.category})`)
  const alert = alertOf(error)
  if (alert) lines.push(`  alert  ${alert} (${error.code === 'peer_alert' ? 'received' : 'sent'})`)
  if (error instanceof CertificateError) lines.push(...rejectionLines(error))
  for (const advice of adviceFor(error)) lines.push(`  try    ${advice}`)
  return lines
}

/** The same for programs. */
export async function failureJson(error: unknown, chain: readonly Certificate[] = []) {
  const common = {
    event: 'error',
    exitCode: exitCodeOf(error),
    message: error instanceof Error ? error.message : String(error),
  }
  if (!(error instanceof TlsError)) return { ...common, code: error instanceof Error ? error.name : 'unknown' }
  return {
    ...common,
    code: error.code,
    category: error.category,
    alert: alertOf(error),
    ...(error instanceof CertificateError && {
      rejection: rejectionJson(error),
      rejections: error.rejections.map(rejectionJson),
    }),
    peerCertificates: await Promise.all(chain.map(certificateJson)),
    advice: adviceFor(error),
  }
}

/** What is wrong with a call has no connection that an alert could go to. */
const alertOf = ({ category, alert }: TlsError) => (category === 'usage' ? undefined : alert)

function rejectionLines(error: CertificateError): readonly string[] {
  const lines = [
    `  rule   ${error.rule}, ${error.section}`,
    `  at     ${printable(error.certificate)}`,
    `  why    ${printable(error.problem)}`,
  ]
  const others = error.rejections.slice(1)
  if (others.length > 0) lines.push('  Other paths were tried and refused too:')
  for (const { rule, certificate, problem } of others) {
    lines.push(`         ${rule} at ${printable(certificate)}: ${printable(problem)}`)
  }
  return lines
}

const rejectionJson = ({ code, rule, section, certificate, problem }: CertificateError) => ({
  code,
  rule,
  section,
  certificate,
  problem,
})

const printableLines = (text: string): string => text.split('\n').map(printable).join('\n')
