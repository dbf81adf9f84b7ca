/** The part of x509-limbo's schema (github.com/C2SP/x509-limbo, limbo-schema.json) that the runner reads. */
export interface LimboFile {
  readonly version: 1
  readonly testcases: readonly LimboCase[]
}

export interface LimboCase {
  readonly id: string
  readonly features: readonly string[] | null
  readonly importance: 'undetermined' | 'low' | 'medium' | 'high' | 'critical'
  readonly description: string
  readonly validation_kind: 'SERVER' | 'CLIENT'
  readonly trusted_certs: readonly string[]
  readonly untrusted_intermediates: readonly string[]
  readonly peer_certificate: string
  readonly validation_time: string | null
  readonly signature_algorithms: readonly string[]
  readonly key_usage: readonly string[]
  readonly extended_key_usage: readonly string[]
  readonly expected_result: 'SUCCESS' | 'FAILURE'
  readonly expected_peer_name: LimboPeerName | null
  readonly expected_peer_names: readonly LimboPeerName[] | null
  readonly max_chain_depth: number | null
  readonly crls?: readonly string[]
}

export interface LimboPeerName {
  readonly kind: 'DNS' | 'IP' | 'RFC822'
  readonly value: string
}
