/** A packet of a capture: raw IPv4. */
export interface CapturedPacket {
  /** Milliseconds since 1970. */
  readonly time: number
  readonly bytes: Uint8Array
}

export interface PcapngContent {
  readonly packets: readonly CapturedPacket[]
  /** Lines of the NSS key log, which go into a Decryption Secrets Block; without any there is none. */
  readonly keyLog: readonly string[]
  /** Shown as the file's comment. */
  readonly comment?: string | undefined
  /** Names of IPv4 addresses. */
  readonly names?: readonly { readonly address: readonly number[]; readonly name: string }[]
}

/**
 * A capture file in the pcapng format (draft-ietf-opsawg-pcapng), with the secrets that decrypt it inside: Wireshark
 * and tshark show its plaintext without further settings. Who has the file can read the connection.
 */
export function writePcapng({ packets, keyLog, comment, names = [] }: PcapngContent): Uint8Array<ArrayBuffer> {
  const blocks = [sectionHeader(comment), interfaceDescription()]
  if (names.length > 0) blocks.push(nameResolution(names))
  // in front of the packets: a reader must have them by then
  if (keyLog.length > 0) blocks.push(decryptionSecrets(keyLog))
  for (const packet of packets) blocks.push(enhancedPacket(packet))
  return join(blocks)
}

/** Section 4.1 */
function sectionHeader(comment: string | undefined): Uint8Array {
  const options = [option(userApplication, utf8('webtls')), endOfOptions]
  if (comment) options.unshift(option(commentOption, utf8(comment)))
  // byte order, version 1.0, a section of unsaid length
  return block(0x0a0d0d0a, uint32(0x1a2b3c4d), uint16(1), uint16(0), uint32(0xffffffff), uint32(0xffffffff), ...options)
}

/** Section 4.2; without if_tsresol times are in microseconds. */
const interfaceDescription = () =>
  block(1, uint16(linkTypeRaw), uint16(0), uint32(0), option(interfaceName, utf8('webtls')), endOfOptions)

/** Section 4.3 */
function enhancedPacket({ time, bytes }: CapturedPacket): Uint8Array {
  const microseconds = Math.max(0, Math.round(time * 1000))
  return block(
    6,
    uint32(0),
    uint32(Math.floor(microseconds / 2 ** 32)),
    uint32(microseconds % 2 ** 32),
    uint32(bytes.length),
    uint32(bytes.length),
    padded(bytes),
  )
}

/** Section 4.5 */
function nameResolution(names: NonNullable<PcapngContent['names']>): Uint8Array {
  const records = names.map(({ address, name }) => {
    const value = join([Uint8Array.from(address), utf8(name), Uint8Array.of(0)])
    return join([uint16(1), uint16(value.length), padded(value)])
  })
  return block(4, ...records, uint32(0))
}

/** Section 4.7; the type is "TLSK", the format is NSS's key log. */
function decryptionSecrets(keyLog: readonly string[]): Uint8Array {
  const text = utf8(`${keyLog.join('\n')}\n`)
  return block(0x0a, uint32(0x544c534b), uint32(text.length), padded(text))
}

/** Section 3.1: type, length, body, length again. */
function block(type: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = join(parts)
  const length = uint32(body.length + 12)
  return join([uint32(type), length, body, length])
}

/** Section 3.5 */
const option = (code: number, value: Uint8Array) => join([uint16(code), uint16(value.length), padded(value)])
const endOfOptions = new Uint8Array(4)

function padded(bytes: Uint8Array): Uint8Array {
  const result = new Uint8Array(Math.ceil(bytes.length / 4) * 4)
  result.set(bytes)
  return result
}

const uint16 = (value: number) => Uint8Array.of(value & 255, value >> 8)
const uint32 = (value: number) => Uint8Array.of(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24)
const utf8 = (text: string) => new TextEncoder().encode(text)

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    result.set(part, offset)
    offset += part.length
  }
  return result
}

const commentOption = 1
const interfaceName = 2
const userApplication = 4
/** LINKTYPE_RAW: packets begin with their IP header. */
const linkTypeRaw = 101
