import { TlsError } from '../errors/tls-error.js'
import { type Extension, readExtension } from '../messages/extensions/extension.js'
import { maxFragmentLength } from '../messages/extensions/max-fragment-length.js'
import { recordSizeLimit, smallestRecordSizeLimit } from '../messages/extensions/record-size-limit.js'
import { maxInnerPlaintextLength } from '../record/limits.js'
import type { MessageChannel } from './message-channel.js'

/** max_fragment_length's codes (RFC 6066 section 4) and what they mean, in bytes. */
export const fragmentLengthCodes = new Map([
  [1, 512],
  [2, 1024],
  [3, 2048],
  [4, 4096],
])

/** What one side says of the records it takes. */
export interface RecordLimits {
  /** Of TLSInnerPlaintext, its type included: RFC 8449. */
  readonly recordSizeLimit: number | undefined
  /** A code of max_fragment_length. */
  readonly maxFragmentLength: number | undefined
}

/** @throws TlsError `illegal_parameter` for a value that neither RFC allows */
export function readRecordLimits(
  extensions: readonly Extension[],
  carrier: 'clientHello' | 'encryptedExtensions',
): RecordLimits {
  const limit = readExtension(extensions, recordSizeLimit, recordSizeLimit[carrier])
  const code = readExtension(extensions, maxFragmentLength, maxFragmentLength[carrier])
  if (limit !== undefined && limit < smallestRecordSizeLimit) {
    throw new TlsError(
      'illegal_parameter',
      `record_size_limit is ${limit}, where ${smallestRecordSizeLimit} is the least`,
    )
  }
  if (code !== undefined && !fragmentLengthCodes.has(code)) {
    throw new TlsError('illegal_parameter', `max_fragment_length is ${code}, where 1 to 4 may stand`)
  }
  return { recordSizeLimit: limit, maxFragmentLength: code }
}

/** A client reads what the server made of its limits: RFC 8449 sections 4 and 5, RFC 6066 section 4. */
export function applyServersLimits(channel: MessageChannel, offered: RecordLimits, answered: RecordLimits): void {
  const { recordSizeLimit: limit, maxFragmentLength: code } = answered
  if (limit !== undefined && limit > maxInnerPlaintextLength) {
    throw new TlsError(
      'illegal_parameter',
      `record_size_limit is ${limit}, where ${maxInnerPlaintextLength} is the most`,
    )
  }
  if (limit !== undefined && code !== undefined) {
    throw new TlsError('illegal_parameter', 'the server answered both record_size_limit and max_fragment_length')
  }
  if (code !== undefined && code !== offered.maxFragmentLength) {
    throw new TlsError('illegal_parameter', `the server changed max_fragment_length to ${code}`)
  }
  if (limit !== undefined && offered.recordSizeLimit !== undefined) {
    limitRecords(channel, limit - 1, offered.recordSizeLimit)
  }
  const fragment = code === undefined ? undefined : fragmentLengthCodes.get(code)
  if (fragment !== undefined) limitRecords(channel, fragment, fragment + 1)
}

/** @param sent of a record's content @param received of TLSInnerPlaintext */
export function limitRecords(channel: MessageChannel, sent: number, received: number): void {
  channel.sink.limitFragments(sent)
  channel.source.limitInnerPlaintext(received)
}
