import { ExtendedKeyUsage, ExtensionOid } from '../../certificates/extensions/oids.js'
import { parseExtensionValue } from '../../certificates/extensions/read-extensions.js'
import type { ParsedCertificate } from '../../certificates/parsed-certificate.js'
import { TlsError } from '../../errors/tls-error.js'
import type { CertificateRequest } from '../../messages/certificate-request.js'
import { readExtension } from '../../messages/extensions/extension.js'
import { oidFilters } from '../../messages/extensions/oid-filters.js'
import { readDer } from '../../wire/der/der-reader.js'

/** What a server asks of the extensions in a client's certificate: RFC 9846 section 4.3.5. */
export interface OidFilters {
  /** Each of these bits must be set. */
  readonly keyUsage: ReadonlySet<string>
  /** Each of these purposes must be there. */
  readonly extendedKeyUsage: readonly string[]
}

/**
 * Key usage and extended key usage have rules by which they match; filters for other extensions are passed over.
 * @throws TlsError `illegal_parameter` for an OID that stands there twice and for anyExtendedKeyUsage
 */
export function readOidFilters({ extensions }: CertificateRequest): OidFilters | undefined {
  const list = readExtension(extensions, oidFilters, oidFilters.certificateRequest)
  if (!list) return undefined
  const seen = new Set<string>()
  let filters: OidFilters = { keyUsage: new Set(), extendedKeyUsage: [] }
  for (const { certificateExtensionOid, values } of list) {
    const oid = readDer(certificateExtensionOid, source, (reader) =>
      reader.objectIdentifier('certificate_extension_oid'),
    )
    //= rfc9846#section-4.3.5 4.3.5-7
    if (seen.has(oid)) throw new TlsError('illegal_parameter', `oid_filters has ${oid} twice`)
    seen.add(oid)
    //= rfc9846#section-4.3.5 4.3.5-5
    if (oid === ExtensionOid.keyUsage)
      filters = { ...filters, keyUsage: parseExtensionValue('keyUsage', values, source) }
    if (oid === ExtensionOid.extendedKeyUsage) {
      filters = { ...filters, extendedKeyUsage: parseExtensionValue('extendedKeyUsage', values, source) }
    }
  }
  //= rfc9846#section-4.3.5 4.3.5-8
  if (filters.extendedKeyUsage.includes(ExtendedKeyUsage.any)) {
    throw new TlsError('illegal_parameter', 'oid_filters asks for anyExtendedKeyUsage')
  }
  return filters
}

//= rfc9846#section-4.3.5 4.3.5-2 4.3.5-3 4.3.5-4
//= rfc9846#section-4.5.1.2 4.5.1.2-6
export function matchesOidFilters({ known }: ParsedCertificate, { keyUsage, extendedKeyUsage }: OidFilters): boolean {
  const usages: ReadonlySet<string> = known.keyUsage ?? new Set()
  const purposes = known.extendedKeyUsage ?? []
  return (
    [...keyUsage].every((usage) => usages.has(usage)) && extendedKeyUsage.every((purpose) => purposes.includes(purpose))
  )
}

const source = { what: 'oid_filters', code: 'decode_error' } as const
