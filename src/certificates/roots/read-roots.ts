import type { Bytes } from '../../wire/bytes.js'
import { DerReader, type DerSource } from '../../wire/der/der-reader.js'
import { contextTag, DerTag } from '../../wire/der/der-tag.js'
import { readNameConstraints } from '../extensions/read-constraints.js'
import type { BareTrustAnchor } from '../trust-anchors.js'

/**
 * Reads the compact form of a root store:
 *
 *     RootRecord ::= SEQUENCE {
 *       subject               Name,
 *       subjectPublicKeyInfo  SubjectPublicKeyInfo,
 *       notAfter              GeneralizedTime,
 *       subjectKeyIdentifier  [0] IMPLICIT OCTET STRING OPTIONAL,
 *       nameConstraints       [1] EXPLICIT NameConstraints OPTIONAL,
 *       distrustAfter         [2] EXPLICIT GeneralizedTime OPTIONAL }
 */
export function readRoots(records: Bytes): BareTrustAnchor[] {
  const reader = new DerReader(records, source)
  const roots: BareTrustAnchor[] = []
  while (!reader.isAtEnd) roots.push(reader.whole(DerTag.sequence, 'RootRecord', readRecord))
  return roots
}

function readRecord(record: DerReader): BareTrustAnchor {
  const subject = record.element('subject').der
  const subjectPublicKeyInfo = record.element('subjectPublicKeyInfo').der
  const notAfter = record.time('notAfter').date
  const hasNext = (number: number, constructed: boolean) => record.nextTag === contextTag(number, constructed)
  const subjectKeyIdentifier = hasNext(0, false) ? record.contents(contextTag(0, false), 'keyIdentifier') : undefined
  const nameConstraints = hasNext(1, true)
    ? record.whole(contextTag(1, true), 'nameConstraints', (explicit) => readNameConstraints(explicit, source))
    : undefined
  const distrustAfter = hasNext(2, true)
    ? record.whole(contextTag(2, true), 'distrustAfter', (explicit) => explicit.time('distrustAfter').date)
    : undefined
  return {
    subject,
    subjectPublicKeyInfo,
    notAfter,
    ...(subjectKeyIdentifier && { subjectKeyIdentifier }),
    ...(nameConstraints && { nameConstraints }),
    ...(distrustAfter && { distrustAfter }),
  }
}

const source: DerSource = { what: 'root store', code: 'internal' }
