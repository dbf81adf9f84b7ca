export {
  type CertificateOrder,
  openServerIdentity,
  type ServerIdentity,
  type ServerIdentityOptions,
} from './page-identity/open-server-identity.js'
