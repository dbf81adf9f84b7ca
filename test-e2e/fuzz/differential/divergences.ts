import type { Comparison, Finding } from './compare.js'
import type { Step } from './recipe.js'

/** A difference between us and all others that is meant to be there, with the section that allows or demands it. */
interface Explanation {
  readonly reason: string
  readonly fits: (difference: Difference) => boolean
}

interface Difference extends Comparison {
  readonly finding: Finding
  /** Our error: its code and message. */
  readonly ours: string
}

const explanations: readonly Explanation[] = [
  {
    reason:
      'RFC 9846 section 4.2.2: the second ClientHello is the first with a few changes. We compare them; the others ' +
      'compare little or nothing.',
    fits: ({ recipe, ours }) => recipe.flow.endsWith('retry') && /the second client_hello/.test(ours),
  },
  {
    reason:
      'RFC 9846 section 4.3.11: one binder for each identity, also in a ClientHello that a HelloRetryRequest answers. ' +
      'The others look at the PSKs of the second one only.',
    fits: ({ recipe: { flow, step }, ours }) =>
      flow.endsWith('retry') && step === 'client_hello' && /not one binder for each identity/.test(ours),
  },
  {
    reason:
      'RFC 9846 section 4.3: an extension that is recognised and stands in a message it is not specified for is ' +
      'illegal_parameter. We recognise more extensions than the others.',
    fits: ({ finding, ours }) => finding.kind === 'we refuse' && /extension \S+ may not stand in/.test(ours),
  },
  {
    reason:
      'RFC 9846 section 4.3: an answer has no extension that was not asked for. We asked for less than the others, ' +
      'or look closer.',
    fits: ({ finding, ours }) => finding.kind === 'we refuse' && /which was not asked for/.test(ours),
  },
  {
    reason:
      'RFC 9846 section 6: what cannot be parsed is decode_error. We parse the bodies of extensions that others do ' +
      'not know, or do not look into (supported_groups in EncryptedExtensions, record_size_limit, ...).',
    fits: ({ finding, ours }) => finding.kind === 'we refuse' && /decode_error: extension \S+/.test(ours),
  },
  {
    reason:
      'RFC 8449 section 4, RFC 6066 section 4: a limit of the record size that may not be is illegal_parameter. The ' +
      'others do not know the extension.',
    fits: ({ finding, ours }) =>
      finding.kind === 'we refuse' && /illegal_parameter: (record_size_limit|max_fragment_length) is/.test(ours),
  },
  {
    reason:
      'RFC 9846 section 4.2.2: a legacy_version other than 0x0303 in a ClientHello is protocol_version. The others ' +
      'follow RFC 8446, which has no such rule.',
    fits: ({ finding, ours }) => finding.kind === 'we refuse' && /client_hello: legacy_version is/.test(ours),
  },
  {
    reason:
      'RFC 9846 section 4.3.8: a key share is for a group that is offered, and a server may check that. We do; of ' +
      'the others OpenSSL alone, and not for groups it does not know.',
    fits: ({ finding, ours }) =>
      finding.kind === 'we refuse' && /a key share for group \d+, which it does not/.test(ours),
  },
  {
    reason:
      'RFC 9846 section 5.1, appendix E: legacy_record_version of a record without protection is ignored. The others ' +
      'want at least 0x03 in front. So it is of a record of early data that is skipped, since nothing opens it.',
    fits: ({ finding, recipe: { flow, step, bend } }) =>
      finding.kind === 'we accept' &&
      (hellos.includes(step) || (step === 'early_data' && flow !== 'early-data')) &&
      bend.kind === 'header' &&
      (bend.at === 1 || bend.at === 2),
  },
  {
    reason:
      'RFC 9846 section 5: from the first ClientHello on a change_cipher_spec record is dropped, also in front of ' +
      'the ServerHello. The others take it only behind.',
    fits: ({ finding, recipe: { under, bend } }) =>
      finding.kind === 'we accept' && under === 'client' && bend.kind === 'stray' && bend.type === 20,
  },
  {
    reason:
      'RFC 9846 section 4.2.3: legacy_version of a ServerHello is 0x0303. Of the others Go alone looks at it, which ' +
      'is not in this flow.',
    fits: ({ finding, recipe: { under, flow }, ours }) =>
      finding.kind === 'we refuse' &&
      under === 'client' &&
      /^(external-psk|early-data)/.test(flow) &&
      /: legacy_version is/.test(ours),
  },
  {
    reason:
      'RFC 9846 sections 4.3.8, 4.3.11 and 5.4: two key shares for a group, a binder for each identity, the limit of ' +
      'a record with its padding. OpenSSL and s2n-tls do not check them; of Go and rustls, which have no external ' +
      'PSKs, one or both do in the other flows.',
    fits: ({ finding, recipe: { flow }, ours }) =>
      finding.kind === 'we refuse' &&
      flow === 'external-psk' &&
      /two key shares for group|not one binder for each identity|record_overflow/.test(ours),
  },
  {
    reason:
      'RFC 9846 section 4.2.2: a server ignores extensions that it does not recognise. extended_master_secret and ' +
      'renegotiation_info are of TLS 1.2: the others read them, but for OpenSSL, which is not in this flow.',
    fits: ({ finding, recipe: { flow }, path }) =>
      finding.kind === 'we accept' && flow === 'early-data' && /client_hello\..*[+=](23|65281)$/.test(path),
  },
  {
    reason:
      'RFC 9846 section 4.3.8: a key share is of the form that its group has. s2n-tls and rustls leave one that is not ' +
      'aside, and ask for another; OpenSSL, which is not in this flow, refuses it as we do.',
    fits: ({ recipe: { under, flow }, ours }) =>
      under === 'server' && flow === 'early-data' && /key share for \S+ is refused/.test(ours),
  },
  {
    reason:
      'RFC 9846 section 6: alerts are protected as the state of the connection has it. Who sends early data has its ' +
      'keys; a client without any, whose alert we take as well, is one that does not understand the ServerHello.',
    fits: ({ recipe: { under, flow, step, bend }, finding }) =>
      finding.kind === 'we refuse' &&
      under === 'server' &&
      flow === 'early-data' &&
      step === 'early_data' &&
      bend.kind === 'stray' &&
      bend.type === 21 &&
      !bend.isProtected,
  },
]

/** What goes out without protection. */
const hellos: readonly Step[] = ['client_hello', 'second_client_hello', 'hello_retry_request', 'server_hello']

export function explain(comparison: Comparison, finding: Finding): string | undefined {
  const ours = comparison.verdicts.get('webtls')?.note() ?? ''
  return explanations.find(({ fits }) => fits({ ...comparison, finding, ours }))?.reason
}
