/** What a TCP connection begins with is no ClientHello that can be led anywhere. */
export class HelloError extends Error {
  override readonly name = 'HelloError'
  /** The TLS alert to say goodbye with; `undefined` for what is not TLS at all. */
  readonly alert: number | undefined

  constructor(message: string, alert: number | undefined) {
    super(message)
    this.alert = alert
  }
}

/** RFC 9846 section 6. */
export const helloAlerts = {
  unexpectedMessage: 10,
  recordOverflow: 22,
  illegalParameter: 47,
  decodeError: 50,
  internalError: 80,
  missingExtension: 109,
  unrecognizedName: 112,
} as const

/** A fatal alert as a record in plaintext: nothing is agreed on yet, so everyone can read it. */
export function alertRecord(alert: number): Uint8Array {
  return Uint8Array.of(21, 3, 3, 0, 2, 2, alert)
}

/**
 * Reads as much of a TLS connection as tells which name the client wants: the ClientHello, however it is cut into
 * records and packets. What it has read stays with the caller; nothing of TLS is done here.
 */
export class ClientHelloPeek {
  readonly #maxBytes: number
  #received = 0
  /** Of the record header or of the fragment at hand. */
  #header: number[] = []
  #fragmentLeft = 0
  /** The handshake message with its header, as far as it has come. */
  #message: Uint8Array<ArrayBufferLike> = new Uint8Array(1024)
  #length = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The server_name in lower case once the ClientHello is whole, `undefined` before. Throws a HelloError. */
  push(bytes: Uint8Array): string | undefined {
    for (let offset = 0; offset < bytes.length; ) {
      if (this.#fragmentLeft === 0) {
        this.#header.push(bytes[offset++] ?? 0)
        this.#count(1)
        this.#checkHeader()
        continue
      }
      const length = Math.min(this.#fragmentLeft, bytes.length - offset, this.#missing())
      this.#count(length)
      this.#append(bytes.subarray(offset, offset + length))
      this.#fragmentLeft -= length
      offset += length
      if (this.#missing() === 0) return serverNameOf(this.#message.subarray(4, this.#length))
    }
    return undefined
  }

  #count(length: number): void {
    this.#received += length
    if (this.#received > this.#maxBytes) {
      throw new HelloError(`no ClientHello within ${this.#maxBytes} bytes`, helloAlerts.decodeError)
    }
  }

  /** RFC 9846 section 5.1: the versions of the record layer are not judged beyond their first byte. */
  #checkHeader(): void {
    const [type, major, , high = 0, low = 0] = this.#header
    if (type !== 22)
      throw new HelloError('not TLS', type === 21 || type === 23 ? helloAlerts.unexpectedMessage : undefined)
    if (major !== undefined && major !== 3) throw new HelloError('not TLS', undefined)
    if (this.#header.length < 5) return
    this.#header = []
    this.#fragmentLeft = high * 256 + low
    if (this.#fragmentLeft > 2 ** 14) throw new HelloError('a record too long', helloAlerts.recordOverflow)
    if (this.#fragmentLeft === 0) throw new HelloError('an empty fragment', helloAlerts.unexpectedMessage)
  }

  #append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length
    if (length > this.#message.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#message.length))
      larger.set(this.#message)
      this.#message = larger
    }
    this.#message.set(bytes, this.#length)
    this.#length = length
    if (this.#message[0] !== 1) throw new HelloError('no ClientHello', helloAlerts.unexpectedMessage)
    if (length >= 4 && 4 + this.#bodyLength() > this.#maxBytes) {
      throw new HelloError(`a ClientHello of ${this.#bodyLength()} bytes`, helloAlerts.decodeError)
    }
  }

  /** Of the message: its header first, then what that says. */
  #missing(): number {
    return this.#length < 4 ? 4 - this.#length : 4 + this.#bodyLength() - this.#length
  }

  #bodyLength(): number {
    const [, a = 0, b = 0, c = 0] = this.#message
    return a * 65_536 + b * 256 + c
  }
}

/** RFC 9846 section 4.2.2 and RFC 6066 section 3. */
function serverNameOf(body: Uint8Array): string {
  const hello = new Reader(body)
  hello.skip(2 + 32)
  hello.vector(1)
  hello.vector(2)
  hello.vector(1)
  const extensions = hello.isAtEnd ? new Reader(new Uint8Array(0)) : hello.vector(2)
  if (!hello.isAtEnd) throw malformed()
  let name: string | undefined
  while (!extensions.isAtEnd) {
    const type = extensions.number(2)
    const data = extensions.vector(2)
    if (type !== 0) continue
    if (name !== undefined) throw new HelloError('server_name came twice', helloAlerts.illegalParameter)
    const list = data.vector(2)
    if (!data.isAtEnd || list.isAtEnd) throw malformed()
    const kind = list.number(1)
    const host = list.vector(2)
    // one name of each type, and no other type was ever defined
    if (kind !== 0 || !list.isAtEnd) throw malformed()
    name = host.text()
  }
  if (name === undefined) throw new HelloError('no server_name', helloAlerts.missingExtension)
  return name
}

class Reader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  skip(length: number): void {
    if (this.#at + length > this.#bytes.length) throw malformed()
    this.#at += length
  }

  number(length: 1 | 2): number {
    const [first = 0, second = 0] = this.#bytes.subarray(this.#at)
    this.skip(length)
    return length === 1 ? first : first * 256 + second
  }

  vector(lengthOfLength: 1 | 2): Reader {
    const length = this.number(lengthOfLength)
    const start = this.#at
    this.skip(length)
    return new Reader(this.#bytes.subarray(start, start + length))
  }

  text(): string {
    const text = String.fromCharCode(...this.#bytes)
    // an A-label name without a dot at its end
    if (!/^[a-z0-9_.-]{1,253}$/i.test(text) || text.endsWith('.')) throw malformed()
    return text.toLowerCase()
  }
}

const malformed = () => new HelloError('a ClientHello that is malformed', helloAlerts.decodeError)
