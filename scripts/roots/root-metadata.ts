/**
 * What Mozilla's root store says of roots besides their certificates, by SHA-256 fingerprint: public facts of
 * certdata.txt (CKA_NSS_SERVER_DISTRUST_AFTER, trust bits removed), kept by hand. Reviewed 2026-11-23 against
 * golang.org/x/crypto/x509roots/fallback v0.0.0-20261030153154.
 */
export interface RootMetadata {
  readonly name: string
  /** Certificates issued later are not trusted. */
  readonly distrustAfter?: string
  /** No longer in Mozilla's store for servers, though a released Node still has it. */
  readonly isRemoved?: true
}

export const rootMetadata: Readonly<Record<string, RootMetadata>> = {
  '2530cc8e98321502bad96f9b1fba1b099e2d299e0f4548bb914f363bc0d4531f': {
    name: 'Izenpe.com',
    distrustAfter: '2026-04-15T23:59:59Z',
  },
  '46edc3689046d53a453fb3104ab80dcaec658b2660ea1629dd7e867990648716': {
    name: 'TUBITAK Kamu SM SSL Kok Sertifikasi - Surum 1',
    isRemoved: true,
  },
  '86a1ecba089c4a8d3bbe2734c612ba341d813e043cf9e8a862cd5c57a36bbe6b': {
    name: 'emSign ECC Root CA - G3',
    isRemoved: true,
  },
  '125609aa301da0a249b97a8239cb6a34216f44dcac9f3954b14292f2e8c8608f': { name: 'emSign Root CA - C1', isRemoved: true },
  bc4d809b15189d78db3e1d8cf4f9726a795da1643ca5f1358e1ddb0edc0d7eb3: {
    name: 'emSign ECC Root CA - C3',
    isRemoved: true,
  },
}
