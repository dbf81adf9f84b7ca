/** Lengths of the record layer, in bytes: RFC 9846 sections 5.1 and 5.2. */
export const recordHeaderLength = 5
export const maxPlaintextLength = 2 ** 14
/** The content, its type, and padding up to the limit. */
export const maxInnerPlaintextLength = maxPlaintextLength + 1
/** TLSCiphertext.length: "MUST NOT exceed 2^14 + 256 bytes". */
export const maxCiphertextLength = maxPlaintextLength + 256

/**
 * How many records are with the engine at once in one direction. A call of SubtleCrypto costs a thread's round trip
 * in most engines, so this decides the speed.
 */
export const cryptoWindow = 16

/** How many records go to the transport in one write. */
export const recordsPerWrite = 16
