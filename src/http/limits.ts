/** What a peer may make us hold or work through. Counted before memory is taken. */
export interface HttpLimits {
  /** Bytes of the start line and all fields together. Default 64 KiB. */
  readonly maxHeadBytes: number
  /** Bytes of one line: the start line, a field, a trailer. Default 16 KiB. */
  readonly maxLineBytes: number
  /** Fields of one head. Default 128. */
  readonly maxFields: number
  /** Interim responses (1xx) before the one that counts. Default 16. */
  readonly maxInterimResponses: number
  /** Bytes of chunk extensions and of chunk framing beyond what the data justifies, for a body. Default 16 KiB. */
  readonly maxChunkOverheadBytes: number
  /** Bytes of the trailer section. Default 16 KiB. */
  readonly maxTrailerBytes: number
}

export const defaultHttpLimits: HttpLimits = {
  maxHeadBytes: 64 * 1024,
  maxLineBytes: 16 * 1024,
  maxFields: 128,
  maxInterimResponses: 16,
  maxChunkOverheadBytes: 16 * 1024,
  maxTrailerBytes: 16 * 1024,
}
