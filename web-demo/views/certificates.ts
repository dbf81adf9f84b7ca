import type { Certificate } from '../../src/index.js'
import { formatPem } from '../../src/x509.js'
import { copyButton, h } from '../page/dom.js'
import { formatDate, formatDistance, formatFingerprint } from '../page/format.js'

/**
 * The path from the server's certificate to the anchor, then what else the server sent.
 * @param verifiedPath empty when none was found
 */
export async function certificatesView(
  verifiedPath: readonly Certificate[],
  peerCertificates: readonly Certificate[],
): Promise<HTMLElement> {
  const sent = new Set(await fingerprints(peerCertificates))
  const onPath = new Set(await fingerprints(verifiedPath))
  const path = await Promise.all(
    verifiedPath.map((certificate, index) =>
      certificateItem(certificate, roleInPath(index, verifiedPath.length), sent, index),
    ),
  )
  const extra: Node[] = []
  for (const certificate of peerCertificates) {
    if (onPath.has(await certificate.fingerprint())) continue
    const role = path.length > 0 ? 'not needed' : extra.length === 0 ? 'server' : 'issuer'
    extra.push(await certificateItem(certificate, role, sent, path.length + extra.length))
  }
  return h('ol', { class: 'chain', 'data-testid': 'certificate-chain' }, ...path, ...extra)
}

const fingerprints = (certificates: readonly Certificate[]) =>
  Promise.all(certificates.map((certificate) => certificate.fingerprint()))

function roleInPath(index: number, length: number): string {
  if (index === 0) return 'server'
  return index === length - 1 ? 'trust anchor' : 'intermediate'
}

async function certificateItem(
  certificate: Certificate,
  role: string,
  sent: ReadonlySet<string>,
  index: number,
): Promise<HTMLElement> {
  const fingerprint = await certificate.fingerprint()
  const origin = sent.has(fingerprint) ? 'sent by the server' : 'from your trust store'
  return h(
    'li',
    { 'data-role': role },
    h(
      'details',
      { 'data-testid': `certificate-${index}` },
      h(
        'summary',
        {},
        h('span', { class: 'certificate-name' }, commonName(certificate.subject)),
        h('span', { class: 'certificate-role' }, `${role}, ${origin}`),
      ),
      h('dl', { class: 'certificate-facts' }, ...facts(certificate, fingerprint).map(factRow)),
      copyButton('Copy as PEM', () => formatPem('CERTIFICATE', certificate.der)),
    ),
  )
}

function facts(certificate: Certificate, fingerprint: string): [string, string, string?][] {
  const names = [...certificate.dnsNames, ...certificate.ipAddresses]
  const now = new Date()
  const purposes = certificate.extendedKeyUsage?.map((oid) => purposeNames[oid] ?? oid)
  const pathLength = certificate.pathLength === undefined ? '' : `, at most ${certificate.pathLength} CA below it`
  return [
    ['Subject', certificate.subject],
    ['Issuer', certificate.issuer],
    ...(names.length === 0 ? [] : [['Names', names.join(', ')] as [string, string]]),
    ['Valid from', formatDate(certificate.notBefore)],
    ['Valid until', `${formatDate(certificate.notAfter)} (${formatDistance(certificate.notAfter, now)})`],
    ['Key', certificate.publicKeyName],
    ['Signed with', certificate.signatureAlgorithmName],
    ['May issue', certificate.isCa ? `yes, it is a CA${pathLength}` : 'no'],
    ...(certificate.keyUsage ? [['Key usage', certificate.keyUsage.join(', ')] as [string, string]] : []),
    ...(purposes ? [['Purpose', purposes.join(', ')] as [string, string]] : []),
    ['Serial number', certificate.serialNumber, 'mono'],
    ['SHA-256', formatFingerprint(fingerprint), 'mono'],
  ]
}

const factRow = ([name, value, style]: [string, string, string?]) =>
  h('div', {}, h('dt', {}, name), h('dd', { class: style }, ...(style === 'mono' ? breakable(value) : [value])))

/** A long fingerprint breaks between bytes, and is copied without a break. */
const breakable = (text: string) => text.split(/(?<=:)/).flatMap((part) => [part, document.createElement('wbr')])

/** The CN, by which people know a certificate; the whole name when it has none. */
const commonName = (subject: string): string => /(?:^|,)CN=((?:\\.|[^,+\\])+)/.exec(subject)?.[1] ?? subject

const purposeNames: Readonly<Record<string, string>> = {
  '1.3.6.1.5.5.7.3.1': 'server authentication',
  '1.3.6.1.5.5.7.3.2': 'client authentication',
  '1.3.6.1.5.5.7.3.9': 'OCSP signing',
}
