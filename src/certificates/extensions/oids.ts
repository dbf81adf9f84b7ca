/** The certificate extensions that are read here: RFC 5280 section 4.2, RFC 7633, RFC 6962. */
export const ExtensionOid = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  issuerAltName: '2.5.29.18',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  crlDistributionPoints: '2.5.29.31',
  certificatePolicies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  authorityKeyIdentifier: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extendedKeyUsage: '2.5.29.37',
  inhibitAnyPolicy: '2.5.29.54',
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
  tlsFeature: '1.3.6.1.5.5.7.1.24',
} as const

export type KnownExtensionName = keyof typeof ExtensionOid

export const extensionNames: ReadonlyMap<string, string> = new Map([
  ...Object.entries(ExtensionOid).map(([name, oid]) => [oid, name] as const),
  ['2.5.29.9', 'subjectDirectoryAttributes'],
  ['2.5.29.46', 'freshestCRL'],
  ['1.3.6.1.5.5.7.1.11', 'subjectInfoAccess'],
  ['1.3.6.1.5.5.7.48.1.5', 'ocspNoCheck'],
  ['1.3.6.1.4.1.11129.2.4.2', 'signedCertificateTimestamps'],
  ['1.3.6.1.4.1.11129.2.4.3', 'precertificatePoison'],
])

/** KeyUsage by bit: RFC 5280 section 4.2.1.3. */
export const keyUsageNames = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const

export type KeyUsageName = (typeof keyUsageNames)[number]

/** KeyPurposeId: RFC 5280 section 4.2.1.12. */
export const ExtendedKeyUsage = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  ocspSigning: '1.3.6.1.5.5.7.3.9',
  any: '2.5.29.37.0',
} as const

export const anyPolicy = '2.5.29.32.0'
