import { CertificateError } from '../certificate-error.js'
import type { NameConstraints } from '../extensions/known-extensions.js'
import type { ParsedCertificate } from '../parsed-certificate.js'
import { AttributeType } from './attribute-types.js'
import { isDnsPattern } from './dns-name.js'
import type { GeneralName } from './general-name.js'
import { formatIpAddress } from './ip-address.js'
import { NameSubtrees, parseMailbox, uriHost } from './name-subtrees.js'

/** The name constraints of one CA, ready for use. */
export interface CompiledNameConstraints {
  readonly issuer: string
  readonly permitted: NameSubtrees
  readonly excluded: NameSubtrees
  /** How many subtrees there are. */
  readonly size: number
  /** Of certificates judged before. */
  readonly verdicts: WeakMap<ParsedCertificate, CertificateError | 'allowed'>
}

const compiledBefore = new WeakMap<NameConstraints, CompiledNameConstraints>()

/** @throws CertificateError when a subtree is malformed: it could not be enforced, and is not skipped */
export function compileNameConstraints(constraints: NameConstraints, issuer: string): CompiledNameConstraints {
  const known = compiledBefore.get(constraints)
  if (known !== undefined) return known
  const permitted = new NameSubtrees(constraints.permitted)
  const excluded = new NameSubtrees(constraints.excluded)
  const [problem] = [...permitted.problems, ...excluded.problems]
  if (problem !== undefined) {
    throw new CertificateError('name-constraints-form', issuer, `a name constraint cannot be enforced: ${problem}`)
  }
  const size = constraints.permitted.length + constraints.excluded.length
  const compiled = { issuer, permitted, excluded, size, verdicts: new WeakMap() }
  compiledBefore.set(constraints, compiled)
  return compiled
}

/**
 * Whether all names of a certificate are within what a CA above it permits and outside of what it excludes: RFC 5280
 * section 6.1.3 (b) and (c). That each CA's permitted subtrees must hold a name is the intersection of section 6.1.4 (g).
 */
export function checkNameConstraints(constraints: CompiledNameConstraints, certificate: ParsedCertificate): void {
  // a search meets the same pair in many paths
  const known = constraints.verdicts.get(certificate)
  const verdict = known ?? whyNotAllowed(constraints, certificate)
  constraints.verdicts.set(certificate, verdict)
  if (verdict !== 'allowed') throw verdict
}

function whyNotAllowed(
  constraints: CompiledNameConstraints,
  certificate: ParsedCertificate,
): CertificateError | 'allowed' {
  const names = constrainedNames(certificate)
  const work = names.length * constraints.size
  if (work > maxComparisons) {
    return new CertificateError('path-budget', certificate.subject, `${work} names and constraints meet, too many`)
  }
  for (const name of names) {
    const verdict = judge(constraints, name)
    if (verdict === undefined) continue
    return new CertificateError(
      'name-constraints',
      certificate.subject,
      `its name ${formatGeneralName(name)} ${verdict} "${constraints.issuer}"`,
    )
  }
  return 'allowed'
}

export function formatGeneralName(name: GeneralName): string {
  switch (name.kind) {
    case 'dns':
    case 'email':
    case 'uri':
      return `"${name.text}"`
    case 'ip':
      return formatIpAddress(name.bytes)
    case 'directory':
      return `"${name.name.toString()}"`
    case 'other':
      return `otherName ${name.type}`
    case 'registeredId':
      return `registeredID ${name.oid}`
    default:
      return name.kind
  }
}

/** Subject, alternative names, and the subject's e-mail addresses where no alternative name has one. */
function constrainedNames(certificate: ParsedCertificate): GeneralName[] {
  const { subject } = certificate.fields
  const alternatives = certificate.known.subjectAltName ?? []
  const subjectEmails = alternatives.some(({ kind }) => kind === 'email')
    ? []
    : subject.valuesOf(AttributeType.emailAddress).map((text) => ({ kind: 'email', text }) as const)
  return [
    ...(subject.isEmpty ? [] : [{ kind: 'directory', name: subject } as const]),
    ...alternatives,
    ...subjectEmails,
  ]
}

/** @returns what is wrong, to be followed by the CA's name */
function judge({ permitted, excluded }: CompiledNameConstraints, name: GeneralName): string | undefined {
  const kind = constraintKind(name)
  const isPermittedRestricted = permitted.kinds.has(kind)
  const isExcludedRestricted = excluded.kinds.has(kind)
  if (!isPermittedRestricted && !isExcludedRestricted) return undefined
  const relation = compare(name)
  // RFC 5280 section 4.2.1.10: process the constraint or reject the certificate
  if (relation === undefined) return 'cannot be held against the name constraints of'
  if (isExcludedRestricted && relation.touches(excluded)) return 'is in a subtree excluded by'
  if (isPermittedRestricted && !relation.isWithin(permitted)) return 'is outside of the subtrees permitted by'
  return undefined
}

interface Relation {
  isWithin(subtrees: NameSubtrees): boolean
  touches(subtrees: NameSubtrees): boolean
}

/** How a name is held against subtrees; `undefined` for one that cannot be. */
function compare(name: GeneralName): Relation | undefined {
  switch (name.kind) {
    case 'dns': {
      if (!isDnsPattern(name.text, { allowUnderscore: true })) return undefined
      const text = name.text.toLowerCase()
      return { isWithin: (subtrees) => subtrees.coversDns(text), touches: (subtrees) => subtrees.touchesDns(text) }
    }
    case 'email': {
      const mailbox = parseMailbox(name.text)
      return mailbox && both((subtrees) => subtrees.coversEmail(mailbox.localPart, mailbox.host))
    }
    case 'uri': {
      const host = uriHost(name.text)
      return host === undefined ? undefined : both((subtrees) => subtrees.coversUriHost(host))
    }
    case 'ip':
      return both((subtrees) => subtrees.coversIp(name.bytes))
    case 'directory':
      return both((subtrees) => subtrees.coversDirectory(name.name.rdnKeys))
    default:
      return undefined
  }
}

const both = (covers: (subtrees: NameSubtrees) => boolean): Relation => ({ isWithin: covers, touches: covers })

/** RFC 9598 section 6: e-mail constraints bind SmtpUTF8Mailbox too, which is not understood here and so refused. */
function constraintKind(name: GeneralName): GeneralName['kind'] {
  return name.kind === 'other' && name.type === smtpUtf8Mailbox ? 'email' : name.kind
}

const smtpUtf8Mailbox = '1.3.6.1.5.5.7.8.9'

/** As OpenSSL has it. The index needs no such bound, but no honest chain comes near it. */
const maxComparisons = 2 ** 20
