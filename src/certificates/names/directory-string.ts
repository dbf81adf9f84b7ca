import type { Bytes } from '../../wire/bytes.js'
import { DerTag } from '../../wire/der/der-tag.js'

/**
 * The text of an attribute value of a string type (RFC 5280 section 4.1.2.4, X.520). `undefined` for other types,
 * `malformed` for characters that the type does not have.
 */
export function decodeDirectoryString(tag: number, contents: Bytes): { text: string } | 'malformed' | undefined {
  switch (tag) {
    case DerTag.utf8String:
      return utf8(contents)
    case DerTag.printableString:
    case DerTag.ia5String:
    case DerTag.numericString:
    case DerTag.visibleString:
      return contents.every((byte) => byte < 0x80) ? { text: latin1(contents) } : 'malformed'
    // in use as ISO 8859-1, whatever T.61 says
    case DerTag.teletexString:
      return { text: latin1(contents) }
    case DerTag.bmpString:
      return wide(contents, 2)
    case DerTag.universalString:
      return wide(contents, 4)
    default:
      return undefined
  }
}

export function latin1(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

function utf8(contents: Bytes): { text: string } | 'malformed' {
  try {
    return { text: utf8Decoder.decode(contents) }
  } catch {
    return 'malformed'
  }
}

function wide(contents: Bytes, width: 2 | 4): { text: string } | 'malformed' {
  if (contents.length % width !== 0) return 'malformed'
  let text = ''
  for (let offset = 0; offset < contents.length; offset += width) {
    const point = contents.subarray(offset, offset + width).reduce((sum, byte) => sum * 256 + byte, 0)
    if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return 'malformed'
    text += String.fromCodePoint(point)
  }
  return { text }
}

const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
