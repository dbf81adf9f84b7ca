import { TlsError } from '../errors/tls-error.js'
import type { Bytes } from '../wire/bytes.js'

export interface PemBlock {
  /** For example `CERTIFICATE`. */
  readonly label: string
  readonly der: Bytes
}

/**
 * The blocks of PEM text (RFC 7468): text between blocks is passed over, what is inside must be base64 and nothing
 * else, and every block must end with its own label.
 */
export function parsePem(text: string): PemBlock[] {
  const blocks: PemBlock[] = []
  let open: { readonly label: string; readonly lines: string[] } | undefined
  for (const [index, rawLine] of text.split('\n').entries()) {
    const line = rawLine.trim()
    const boundary = boundaryOf(line)
    if (open === undefined) {
      if (boundary?.kind === 'END') throw malformed(index, `END ${boundary.label} without its BEGIN`)
      if (boundary !== undefined) open = { label: boundary.label, lines: [] }
    } else if (boundary === undefined) {
      open.lines.push(line)
    } else {
      if (boundary.kind === 'BEGIN' || boundary.label !== open.label) {
        throw malformed(index, `BEGIN ${open.label} is followed by ${boundary.kind} ${boundary.label}`)
      }
      blocks.push({ label: open.label, der: decodeBase64(open.lines.join(''), index) })
      open = undefined
    }
  }
  if (open !== undefined) throw new TlsError('invalid_argument', `PEM: BEGIN ${open.label} without its END`)
  return blocks
}

/** The DER of each CERTIFICATE block, at least one; any other label is refused. */
export function parsePemCertificates(text: string): Bytes[] {
  const blocks = parsePem(text)
  const other = blocks.find(({ label }) => label !== 'CERTIFICATE')
  if (other !== undefined) {
    throw new TlsError('invalid_argument', `PEM: expected CERTIFICATE blocks only, found ${other.label}`)
  }
  if (blocks.length === 0) throw new TlsError('invalid_argument', 'PEM: there is no CERTIFICATE block in the text')
  return blocks.map(({ der }) => der)
}

/** One block of PEM text (RFC 7468). @param label for example `CERTIFICATE` */
export function formatPem(label: string, der: Uint8Array): string {
  let binary = ''
  for (const byte of der) binary += String.fromCharCode(byte)
  const lines = btoa(binary).match(/.{1,64}/g) ?? []
  return `${[`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`].join('\n')}\n`
}

function boundaryOf(line: string): { kind: string; label: string } | undefined {
  const match = /^-----(BEGIN|END) ([A-Z0-9 ]{1,64})-----$/.exec(line)
  return match === null ? undefined : { kind: match[1] ?? '', label: match[2] ?? '' }
}

function decodeBase64(text: string, line: number): Bytes {
  if (text === '') throw malformed(line, 'a block is empty')
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) throw malformed(line, 'a block is not base64')
  const binary = atob(text)
  // the bits that padding leaves over must be zero, else two texts would mean the same bytes
  if (btoa(binary) !== text) throw malformed(line, 'a block is not canonical base64')
  const der = new Uint8Array(binary.length)
  for (let index = 0; index < binary.length; index++) der[index] = binary.charCodeAt(index)
  return der
}

const malformed = (index: number, problem: string): TlsError =>
  new TlsError('invalid_argument', `PEM, line ${index + 1}: ${problem}`)
