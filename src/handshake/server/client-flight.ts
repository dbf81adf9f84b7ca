import { checkVerifyData } from '../../crypto/finished.js'
import type { Secret } from '../../crypto/secret.js'
import type { Transcript } from '../../crypto/transcript.js'
import { TlsError } from '../../errors/tls-error.js'
import { certificateForms, plainCertificate } from '../certificate-forms.js'
import { checkCertificateVerify } from '../certificate-verification.js'
import type { MessageChannel } from '../message-channel.js'
import { readChain } from '../received-chain.js'
import type { VerifiedPeer } from '../verified-peer.js'
import type { Negotiated } from './answer-hellos.js'
import { clientsLimits, type ServerFlightSent } from './server-flight.js'
import type { EarlyDataSink, ServerParameters } from './server-parameters.js'

/** What the client's second flight gave. */
export interface ClientFlight {
  /** `undefined` when no certificate was asked for, or none came. */
  readonly peer: VerifiedPeer | undefined
  readonly signatureScheme: string | undefined
  /** Only where tickets are made. */
  readonly resumptionSecret: Secret | undefined
  /** All of the handshake. */
  readonly transcript: Transcript
}

/** States WAIT_EOED, WAIT_CERT, WAIT_CV and WAIT_FINISHED: appendix A.2. */
export async function readClientFlight(
  channel: MessageChannel,
  parameters: ServerParameters,
  negotiated: Negotiated,
  flight: ServerFlightSent,
  earlyDataSink: EarlyDataSink,
): Promise<ClientFlight> {
  let { transcript } = flight
  if (negotiated.acceptsEarlyData)
    transcript = await readEarlyData(channel, parameters, negotiated, flight, earlyDataSink)

  let authentication: Authentication = { peer: undefined, signatureScheme: undefined, transcript }
  if (flight.asksForCertificate) {
    authentication = await readClientCertificate(channel, parameters, negotiated, transcript)
  }
  transcript = authentication.transcript

  const { provider } = parameters
  const { hash } = negotiated.suite
  const transcriptHash = transcript.digest(provider, hash)
  const finished = await channel.receive('WAIT_FINISHED', 'finished')
  const { verifyData } = finished.body
  if (verifyData.length !== hash.length) {
    throw new TlsError('decode_error', `finished has ${verifyData.length} bytes instead of ${hash.length}`)
  }
  //= rfc9846#section-4.5.3 4.5.3-1 4.5.3-2
  if (!(await checkVerifyData(provider, flight.clientHandshakeTrafficSecret, await transcriptHash, verifyData))) {
    throw new TlsError('finished_mismatch', "the client's Finished is wrong: the handshake was tampered with")
  }
  // an end says that all came from a client that is there now: not before its Finished has proved it (section 8)
  earlyDataSink.end()
  channel.installReadKeys(flight.applicationReadKeys, 'application')
  //= rfc9846#section-5 5-3
  channel.source.refuseChangeCipherSpec()
  transcript = transcript.with(finished.bytes)
  const resumptionSecret = parameters.tickets && (await flight.resumptionSecret(transcript))
  return { ...authentication, transcript, resumptionSecret }
}

/** Early data up to EndOfEarlyData, within what the ticket allows: RFC 9846 sections 4.3.10 and 4.6. */
async function readEarlyData(
  channel: MessageChannel,
  parameters: ServerParameters,
  { psk, hello }: Negotiated,
  flight: ServerFlightSent,
  earlyDataSink: EarlyDataSink,
): Promise<Transcript> {
  let left = psk?.resumption?.maxEarlyDataSize ?? 0
  for (;;) {
    const incoming = await channel.nextInEarlyData('WAIT_EOED')
    if (incoming.kind === 'message') {
      channel.installReadKeys(flight.handshakeReadKeys, 'handshake')
      const limits = clientsLimits(parameters, hello.recordLimits)
      if (limits) channel.source.limitInnerPlaintext(limits.received)
      return flight.transcript.with(incoming.bytes)
    }
    //= rfc9846#section-4.7.1 4.7.1-19
    left -= incoming.data.length
    if (left < 0) throw new TlsError('unexpected_message', 'more early data than the ticket allows')
    await earlyDataSink.deliver(incoming.data)
  }
}

interface Authentication {
  readonly peer: VerifiedPeer | undefined
  readonly signatureScheme: string | undefined
  readonly transcript: Transcript
}

async function readClientCertificate(
  channel: MessageChannel,
  parameters: ServerParameters,
  negotiated: Negotiated,
  before: Transcript,
): Promise<Authentication> {
  const { provider, signatureSchemes } = parameters
  const certificate = await channel.receive('WAIT_CERT', ...certificateForms(parameters))
  const message = await plainCertificate(certificate, parameters)
  //= rfc9846#section-4.5.1 4.5.1-5
  if (message.certificateRequestContext.length > 0) {
    throw new TlsError('illegal_parameter', 'certificate_request_context is not the one of the request')
  }
  let transcript = before.with(certificate.bytes)
  const chain = readChain(message, nothingAsked)
  if (chain.certificates.length === 0) {
    //= rfc9846#section-4.5.1.3 4.5.1.3-2
    if (parameters.clientAuth === 'optional') {
      return { peer: undefined, signatureScheme: undefined, transcript }
    }
    throw new TlsError('certificate_required', 'the client sent no certificate, and one is required')
  }
  const verdict = parameters.verifyClient(chain)
  verdict.catch(() => undefined)
  const transcriptHash = transcript.digest(provider, negotiated.suite.hash)
  const verify = await channel.receive('WAIT_CV', 'certificate_verify')
  transcript = transcript.with(verify.bytes)
  const peer = await verdict
  const signatureScheme = await checkCertificateVerify(
    provider,
    'client',
    verify.body,
    signatureSchemes,
    peer,
    await transcriptHash,
  )
  await parameters.approveClient?.(peer)
  return { peer, signatureScheme, transcript }
}

/** The CertificateRequest asks for nothing that a client's certificate could answer. */
const nothingAsked: ReadonlySet<number> = new Set()
