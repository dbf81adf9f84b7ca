export interface HexLine {
  readonly offset: string
  /** Two digits for each byte, apart by a space, two at the middle of the line. */
  readonly hex: string
  /** Printable ASCII; a dot for the rest. */
  readonly text: string
}

/** Bytes as `hexdump -C` shows them. */
export function hexDump(bytes: Uint8Array, width: number): HexLine[] {
  const lines: HexLine[] = []
  for (let offset = 0; offset < bytes.length; offset += width) {
    const part = bytes.subarray(offset, offset + width)
    lines.push({
      offset: offset.toString(16).padStart(4, '0'),
      hex: hexOf(part, width).padEnd(width * 3 + 1),
      text: Array.from(part, printable).join(''),
    })
  }
  return lines
}

function hexOf(part: Uint8Array, width: number): string {
  const digits = Array.from(part, (byte) => byte.toString(16).padStart(2, '0'))
  const half = width / 2
  return digits.length <= half
    ? digits.join(' ')
    : `${digits.slice(0, half).join(' ')}  ${digits.slice(half).join(' ')}`
}

const printable = (byte: number): string => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')

/** Whether bytes read as text: UTF-8 without control characters. The end may be within a character. */
export function asText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    return /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(text) ? undefined : text
  } catch {
    return undefined
  }
}
