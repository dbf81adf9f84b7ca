export type { Certificate } from './certificates/certificate.js'
export { CertificateError } from './certificates/certificate-error.js'
export { type CertificateRule, certificateRules } from './certificates/certificate-rules.js'
export {
  type CertificateRequest,
  type CreateCertificateRequestOptions,
  createCertificateRequest,
  readCertificateRequest,
} from './certificates/create/certificate-request.js'
export type { CertificateTemplate, CreatedCertificate } from './certificates/create/certificate-template.js'
export {
  type CertificateIssuer,
  type CreateCertificateOptions,
  type CreateSelfSignedOptions,
  createCertificate,
  createSelfSigned,
  type SelfSignedCertificate,
} from './certificates/create/create-certificate.js'
export type { Extension } from './certificates/extensions/read-extensions.js'
export { parseCertificate } from './certificates/parsed-certificate.js'
export { formatPem, type PemBlock, parsePem, parsePemCertificates } from './certificates/pem.js'
export type { PolicyOptions } from './certificates/policies/check-policies.js'
export { rfc5280 } from './certificates/profiles/rfc5280.js'
export { privatePki, type ValidationProfile } from './certificates/profiles/validation-profile.js'
export { createWebPkiProfile, type WebPkiOptions, webPki } from './certificates/profiles/web-pki.js'
export type { CrlOptions } from './certificates/revocation/check-crls.js'
export type { StapledOcsp } from './certificates/revocation/check-stapled-ocsp.js'
export { RevocationList } from './certificates/revocation/revocation-list.js'
export {
  type BareTrustAnchor,
  type TrustAnchor,
  type TrustAnchorOptions,
  type TrustAnchorSource,
  TrustAnchors,
} from './certificates/trust-anchors.js'
export {
  type CertificatePurpose,
  defaultPathLimits,
  type PathLimits,
  type VerifyPeerChainOptions,
} from './certificates/validation-options.js'
export { type VerifiedPeerChain, verifyPeerChain } from './certificates/verify-peer-chain.js'
