/** Written by scripts/policies/make-policies.ts, not by hand: aws/s2n-tls, commit 8cbf81ad74968a1d03efbd9352a89abd292232d4. */

/** Lists of names, of which the policies are made. */
export const s2nLists: readonly string[] = [
  'TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256',
  'X25519MLKEM768 SecP256r1MLKEM768 SecP384r1MLKEM1024',
  'secp256r1 x25519 secp384r1 secp521r1',
  '',
  'ecdsa_secp256r1_sha256 ecdsa_secp384r1_sha384 ecdsa_secp521r1_sha512 rsa_pss_pss_sha256 rsa_pss_pss_sha384 rsa_pss_pss_sha512 rsa_pss_rsae_sha256 rsa_pss_rsae_sha384 rsa_pss_rsae_sha512 rsa_pkcs1_sha256 rsa_pkcs1_sha384 rsa_pkcs1_sha512',
  'rsa_pss_pss_sha256 rsa_pss_pss_sha384 rsa_pss_pss_sha512 rsa_pss_rsae_sha256 rsa_pss_rsae_sha384 rsa_pss_rsae_sha512 rsa_pkcs1_sha256 rsa_pkcs1_sha384 rsa_pkcs1_sha512 ecdsa_secp256r1_sha256 ecdsa_secp384r1_sha384 ecdsa_secp521r1_sha512',
  'TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384',
  'secp256r1 secp384r1 secp521r1',
  'mldsa44 mldsa65 mldsa87 ecdsa_secp256r1_sha256 ecdsa_secp384r1_sha384 ecdsa_secp521r1_sha512 rsa_pss_pss_sha256 rsa_pss_pss_sha384 rsa_pss_pss_sha512 rsa_pss_rsae_sha256 rsa_pss_rsae_sha384 rsa_pss_rsae_sha512 rsa_pkcs1_sha256 rsa_pkcs1_sha384 rsa_pkcs1_sha512',
  'mldsa44 mldsa65 mldsa87 rsa_pss_pss_sha256 rsa_pss_pss_sha384 rsa_pss_pss_sha512 rsa_pss_rsae_sha256 rsa_pss_rsae_sha384 rsa_pss_rsae_sha512 rsa_pkcs1_sha256 rsa_pkcs1_sha384 rsa_pkcs1_sha512 ecdsa_secp256r1_sha256 ecdsa_secp384r1_sha384 ecdsa_secp521r1_sha512',
  'x25519 secp256r1 secp384r1',
  'rsa_pss_rsae_sha256 rsa_pss_rsae_sha384 rsa_pss_rsae_sha512 rsa_pkcs1_sha256 rsa_pkcs1_sha384 rsa_pkcs1_sha512 ecdsa_secp256r1_sha256 ecdsa_secp384r1_sha384 ecdsa_secp521r1_sha512 rsa_pss_pss_sha256 rsa_pss_pss_sha384 rsa_pss_pss_sha512',
  'X25519MLKEM768 SecP256r1MLKEM768',
  'TLS_AES_256_GCM_SHA384',
  'MLKEM1024',
  'secp384r1',
  'mldsa87 ecdsa_secp384r1_sha384 rsa_pss_pss_sha384 rsa_pss_rsae_sha384 rsa_pkcs1_sha384',
  'mldsa87 ecdsa_secp384r1_sha384 rsa_pss_pss_sha384 rsa_pss_rsae_sha384 rsa_pkcs1_sha384 ecdsa_secp256r1_sha256 rsa_pss_pss_sha256 rsa_pss_rsae_sha256 rsa_pkcs1_sha256 ecdsa_secp521r1_sha512 rsa_pss_pss_sha512 rsa_pss_rsae_sha512 rsa_pkcs1_sha512',
  'TLS_AES_256_GCM_SHA384 TLS_AES_128_GCM_SHA256',
  'secp384r1 secp256r1 secp521r1',
  'secp256r1 x25519 secp384r1',
  'secp256r1 secp384r1',
  'X25519MLKEM768 SecP256r1MLKEM768 SecP384r1MLKEM1024 MLKEM1024',
  'TLS_AES_256_GCM_SHA384 TLS_AES_128_GCM_SHA256 TLS_CHACHA20_POLY1305_SHA256',
  'x25519 secp256r1 secp384r1 secp521r1',
  'ecdsa_secp384r1_sha384 rsa_pss_pss_sha384 rsa_pss_rsae_sha384 rsa_pkcs1_sha384',
  'ecdsa_secp384r1_sha384 rsa_pkcs1_sha384',
  'ecdsa_p384 rsa_3072 rsa_4096 rsa_pss_3072 rsa_pss_4096',
  'ecdsa_secp384r1_sha384 rsa_pss_pss_sha384 rsa_pss_rsae_sha384 rsa_pkcs1_sha384 ecdsa_secp256r1_sha256 rsa_pss_pss_sha256 rsa_pss_rsae_sha256 rsa_pkcs1_sha256 ecdsa_secp521r1_sha512 rsa_pss_pss_sha512 rsa_pss_rsae_sha512 rsa_pkcs1_sha512',
  'mldsa87',
  'mldsa_87',
  'mldsa87 ecdsa_secp384r1_sha384 rsa_pkcs1_sha384',
  'mldsa87 ecdsa_secp256r1_sha256 ecdsa_secp384r1_sha384 ecdsa_secp521r1_sha512 rsa_pss_pss_sha256 rsa_pss_pss_sha384 rsa_pss_pss_sha512 rsa_pss_rsae_sha256 rsa_pss_rsae_sha384 rsa_pss_rsae_sha512 rsa_pkcs1_sha256 rsa_pkcs1_sha384 rsa_pkcs1_sha512',
  'mldsa87 rsa_pss_pss_sha256 rsa_pss_pss_sha384 rsa_pss_pss_sha512 rsa_pss_rsae_sha256 rsa_pss_rsae_sha384 rsa_pss_rsae_sha512 rsa_pkcs1_sha256 rsa_pkcs1_sha384 rsa_pkcs1_sha512 ecdsa_secp256r1_sha256 ecdsa_secp384r1_sha384 ecdsa_secp521r1_sha512',
  'rsa_pkcs1_sha256 rsa_pkcs1_sha384 rsa_pkcs1_sha512 ecdsa_secp256r1_sha256 ecdsa_secp384r1_sha384 ecdsa_secp521r1_sha512 rsa_pss_rsae_sha256 rsa_pss_rsae_sha384 rsa_pss_rsae_sha512 rsa_pss_pss_sha256 rsa_pss_pss_sha384 rsa_pss_pss_sha512 mldsa44 mldsa65 mldsa87',
  'rsa_pss_pss_sha256 rsa_pss_pss_sha384 rsa_pss_pss_sha512 rsa_pss_rsae_sha256 rsa_pss_rsae_sha384 rsa_pss_rsae_sha512 rsa_pkcs1_sha256 rsa_pkcs1_sha384 rsa_pkcs1_sha512 ecdsa_secp256r1_sha256 ecdsa_secp384r1_sha384 ecdsa_secp521r1_sha512 mldsa44 mldsa65 mldsa87',
]

/**
 * For each policy the indexes of its cipher suites, KEM groups, curves, strongly preferred groups, signature schemes,
 * certificate signature schemes and certificate keys (-: anything goes), then 1 if its certificate preferences apply to
 * own certificates, and 1 if a client's preference for ChaCha20 is followed; and its names.
 */
export const s2nPolicies: readonly (readonly [indexes: string, names: string])[] = [
  ['0 1 2 3 4 - - 0 0', 'default 20251014'],
  ['0 3 2 3 4 5 - 0 0', 'default_tls13 20240503'],
  ['6 1 7 3 4 5 - 0 0', 'default_fips 20251015'],
  ['0 1 2 3 8 9 - 0 0', 'default_pq 20250721'],
  [
    '0 3 10 3 5 - - 0 0',
    '20241106 CloudFront-SSL-v-3-no-pq CloudFront-TLS-1-0-2014-no-pq CloudFront-TLS-1-0-2014-sha256-no-pq CloudFront-TLS-1-0-2016-no-pq CloudFront-TLS-1-1-2016-no-pq CloudFront-TLS-1-2-2017-no-pq CloudFront-TLS-1-2-2018-no-sha1-no-pq CloudFront-TLS-1-2-2019-no-sha1-no-pq CloudFront-TLS-1-2-2021-no-sha1-no-pq CloudFront-TLS-1-3-2025-no-pq CloudFront-TLS-1-2-2018-Beta CloudFront-TLS-1-2-2018 CloudFront-TLS-1-2-2019 CloudFront-TLS-1-2-2021 AWS-CRT-SDK-SSLv3.0 AWS-CRT-SDK-TLSv1.0 AWS-CRT-SDK-TLSv1.1 AWS-CRT-SDK-TLSv1.2 AWS-CRT-SDK-TLSv1.3 KMS-TLS-1-0-2021-08 KMS-TLS-1-2-2023-06 20210825 20210825_gcm',
  ],
  ['6 3 7 3 11 11 - 0 0', '20230317'],
  ['0 3 10 3 5 5 - 0 0', '20240417'],
  ['0 12 2 3 4 5 - 0 0', '20241001 20241001_pq_mixed'],
  ['0 12 2 3 8 9 - 0 0', '20250512'],
  [
    '13 14 15 3 16 17 - 0 0',
    'ELBSecurityPolicy-TLS13-1-3-CNSA2-INTEROP1-FIPS-PQ-2026-07 ELBSecurityPolicy-TLS13-1-2-CNSA2-INTEROP2-FIPS-PQ-2026-07 20260720',
  ],
  ['18 14 19 15 17 17 - 0 0', 'ELBSecurityPolicy-TLS13-1-2-CNSA2-INTEROP3-FIPS-PQ-2026-07 20260722'],
  [
    '0 3 20 3 4 - - 0 0',
    'CloudFront-Upstream-2025 CloudFront-Upstream-TLS-1-0-2025 CloudFront-Upstream-TLS-1-1-2025 CloudFront-Upstream-TLS-1-2-2025 CloudFront-Upstream-TLS-1-3-2025',
  ],
  [
    '0 1 20 3 8 - - 0 0',
    'CloudFront-Upstream-2025-PQ CloudFront-Upstream-TLS-1-0-2025-PQ CloudFront-Upstream-TLS-1-1-2025-PQ CloudFront-Upstream-TLS-1-2-2025-PQ CloudFront-Upstream-TLS-1-3-2025-PQ',
  ],
  [
    '0 12 10 3 5 - - 0 0',
    'CloudFront-SSL-v-3 CloudFront-TLS-1-0-2014 CloudFront-TLS-1-0-2014-sha256 CloudFront-TLS-1-0-2016 CloudFront-TLS-1-1-2016 CloudFront-TLS-1-2-2017 CloudFront-TLS-1-2-2018-no-sha1 CloudFront-TLS-1-2-2019-no-sha1 CloudFront-TLS-1-2-2021-no-sha1 CloudFront-TLS-1-3-2025 CloudFront-TLS-1-0-2014-PQ-Beta CloudFront-TLS-1-2-2021-no-sha1-PQ-Beta PQ-TLS-1-2-2024-10-07 PQ-TLS-1-2-2024-10-08 PQ-TLS-1-2-2024-10-08_gcm',
  ],
  ['6 12 21 3 5 - - 0 0', 'CloudFront-TLS-1-2-2025'],
  ['6 3 21 3 5 - - 0 0', 'CloudFront-TLS-1-2-2025-no-pq KMS-FIPS-TLS-1-2-2021-08'],
  ['0 3 10 3 5 - - 0 1', 'CloudFront-TLS-1-2-2021-Chacha20-Boosted'],
  [
    '0 3 20 3 5 - - 0 0',
    'AWS-CRT-SDK-SSLv3.0-2023 AWS-CRT-SDK-TLSv1.0-2023 AWS-CRT-SDK-TLSv1.1-2023 AWS-CRT-SDK-TLSv1.2-2023 AWS-CRT-SDK-TLSv1.3-2023',
  ],
  [
    '0 22 20 3 5 - - 0 0',
    'AWS-CRT-SDK-TLSv1.0-2025-PQ AWS-CRT-SDK-TLSv1.2-2023-PQ AWS-CRT-SDK-TLSv1.2-2025-PQ AWS-CRT-SDK-TLSv1.3-2025-PQ',
  ],
  ['6 3 21 3 4 - - 0 0', 'AWS-CRT-SDK-TLSv1.2-2025'],
  ['6 12 7 3 11 - - 0 0', 'KMS-FIPS-TLS-1-2-2024-10'],
  ['23 12 10 3 5 - - 0 0', 'PQ-TLS-1-2-2024-10-09'],
  ['23 3 10 3 5 - - 0 0', '20190801'],
  ['23 3 21 3 5 - - 0 0', '20190802'],
  ['0 3 24 3 5 - - 0 0', '20200207'],
  ['0 3 24 3 4 5 - 0 1', '20240603'],
  ['13 3 15 3 25 5 - 0 0', '20250211'],
  ['13 3 15 3 4 5 - 0 0', '20250414'],
  ['13 3 15 3 25 26 27 1 0', '20250429 20251013 rfc9151 cnsa_1'],
  ['18 3 19 15 28 28 - 0 0', '20251113 20251114 20251115 20251116 20251117'],
  ['13 14 3 3 29 29 30 1 0', '20260219 cnsa_2'],
  ['13 14 15 3 16 31 - 0 0', '20260220 cnsa_1_2_interop'],
  ['13 14 15 3 32 33 - 0 0', '20260513'],
  ['6 12 7 3 5 - - 0 0', '20260520 20260520_gcm 20260521 20260521_gcm 20260522 20260522_gcm'],
  ['6 12 7 3 4 - - 0 0', '20260523 20260523_gcm'],
  ['0 22 24 3 34 - - 0 0', 'test_all'],
  ['6 22 7 3 35 - - 0 0', 'test_all_fips'],
  ['0 3 24 3 34 - - 0 0', 'test_all_tls13'],
  ['0 22 3 3 4 4 - 0 0', 'test_pq_only'],
]

/** Policies of TLS 1.2 and below. */
export const s2nPoliciesWithoutTls13 =
  '20240501 20240502 20240331 20240416 ELBSecurityPolicy-TLS-1-0-2015-04 ELBSecurityPolicy-TLS-1-0-2015-05 ELBSecurityPolicy-2016-08 ELBSecurityPolicy-TLS-1-1-2017-01 ELBSecurityPolicy-TLS-1-2-2017-01 ELBSecurityPolicy-TLS-1-2-Ext-2018-06 ELBSecurityPolicy-FS-2018-06 ELBSecurityPolicy-FS-1-2-2019-08 ELBSecurityPolicy-FS-1-1-2019-08 ELBSecurityPolicy-FS-1-2-Res-2019-08 CloudFront-Upstream CloudFront-Upstream-TLS-1-0 CloudFront-Upstream-TLS-1-1 CloudFront-Upstream-TLS-1-2 CloudFront-SSL-v-3-Legacy CloudFront-TLS-1-0-2014-Legacy CloudFront-TLS-1-0-2016-Legacy CloudFront-TLS-1-1-2016-Legacy CloudFront-TLS-1-2-2018-Legacy CloudFront-TLS-1-2-2019-Legacy KMS-TLS-1-0-2018-10 KMS-FIPS-TLS-1-2-2018-10 20140601 20141001 20150202 20150214 20150306 20160411 20160804 20160824 20170210 20170328 20170328_gcm 20190214 20190214_gcm 20170405 20170405_gcm 20170718 20170718_gcm 20190120 20190121 20190122 20201021 20210816 20210816_GCM test_all_ecdsa test_all_rsa_kex test_ecdsa_priority test_all_tls12 null'

/** Names that s2n-tls itself refuses since their policies were withdrawn. */
export const s2nDeprecatedPolicies =
  'KMS-PQ-TLS-1-0-2019-06 KMS-PQ-TLS-1-0-2020-02 KMS-PQ-TLS-1-0-2020-07 PQ-TLS-1-0-2020-12 PQ-TLS-1-1-2021-05-17 PQ-TLS-1-0-2021-05-18 PQ-TLS-1-0-2021-05-19 PQ-TLS-1-0-2021-05-20 PQ-TLS-1-1-2021-05-21 PQ-TLS-1-0-2021-05-22 PQ-TLS-1-0-2021-05-23 PQ-TLS-1-0-2021-05-24 PQ-TLS-1-0-2021-05-25 PQ-TLS-1-0-2021-05-26 PQ-TLS-1-0-2023-01-24 PQ-TLS-1-2-2023-04-07 PQ-TLS-1-2-2023-04-08 PQ-TLS-1-2-2023-04-09 PQ-TLS-1-2-2023-04-10 PQ-TLS-1-3-2023-06-01 PQ-TLS-1-2-2023-10-07 PQ-TLS-1-2-2023-10-08 PQ-TLS-1-2-2023-10-09 PQ-TLS-1-2-2023-10-10 PQ-TLS-1-2-2023-12-13 PQ-TLS-1-2-2023-12-14 PQ-TLS-1-2-2023-12-15 PQ-SIKE-TEST-TLS-1-0-2019-11 PQ-SIKE-TEST-TLS-1-0-2020-02 20240730'
