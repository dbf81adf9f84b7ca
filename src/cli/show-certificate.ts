import type { Certificate } from '../certificates/certificate.js'
import { printable } from './io.js'

/** A chain for people: who, by whom, for what names, until when, with what key. */
export async function chainLines(chain: readonly Certificate[], now = new Date()): Promise<readonly string[]> {
  const blocks = await Promise.all(chain.map((certificate, index) => certificateLines(certificate, index, now)))
  return blocks.flat()
}

async function certificateLines(certificate: Certificate, index: number, now: Date): Promise<readonly string[]> {
  const names = [...certificate.dnsNames, ...certificate.ipAddresses]
  const field = (name: string, text: string) => `     ${name.padEnd(9)}${printable(text)}`
  return [
    `  ${index}  ${printable(certificate.subject) || '(empty subject)'}`,
    field('issuer', `${certificate.issuer}${certificate.issuer === certificate.subject ? '   (itself)' : ''}`),
    ...(names.length > 0 ? [field('names', shortened(names))] : []),
    field('valid', `${day(certificate.notBefore)} to ${day(certificate.notAfter)}, ${validity(certificate, now)}`),
    field('key', `${certificate.publicKeyName}, signed with ${certificate.signatureAlgorithmName}`),
    ...(certificate.isCa ? [field('CA', pathLengthText(certificate))] : []),
    field('serial', certificate.serialNumber),
    field('SHA-256', await certificate.fingerprint()),
  ]
}

/** The same for programs. */
export async function certificateJson(certificate: Certificate) {
  return {
    subject: certificate.subject,
    issuer: certificate.issuer,
    serialNumber: certificate.serialNumber,
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    dnsNames: certificate.dnsNames,
    ipAddresses: certificate.ipAddresses,
    key: certificate.publicKeyName,
    signature: certificate.signatureAlgorithmName,
    isCa: certificate.isCa,
    sha256: await certificate.fingerprint(),
  }
}

const pathLengthText = ({ pathLength }: Certificate): string =>
  pathLength === undefined ? 'yes' : `yes, with at most ${pathLength} more below it`

const day = (date: Date): string => date.toISOString().slice(0, 16).replace('T', ' ')

function validity({ notBefore, notAfter }: Certificate, now: Date): string {
  const days = (from: Date, to: Date) => Math.floor((to.getTime() - from.getTime()) / 86_400_000)
  if (now < notBefore) return `NOT YET VALID, ${days(now, notBefore)} days too early`
  if (now > notAfter) return `EXPIRED ${days(notAfter, now)} days ago`
  return `${days(now, notAfter)} days left`
}

function shortened(names: readonly string[]): string {
  const shown = names.slice(0, maxNames).join(', ')
  return names.length > maxNames ? `${shown} and ${names.length - maxNames} more` : shown
}

const maxNames = 12
