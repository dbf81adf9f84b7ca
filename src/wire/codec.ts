import { TlsError } from '../errors/tls-error.js'
import { ByteReader, WireFormatError } from './byte-reader.js'
import { ByteWriter } from './byte-writer.js'
import type { Bytes } from './bytes.js'

/**
 * The presentation language of RFC 9846 section 3: a format is declared once and both parses and writes. Values that
 * are read are views into the message they came from.
 */
export interface Codec<T> {
  read(reader: ByteReader): T
  write(writer: ByteWriter, value: T): void
}

export type Infer<C> = C extends Codec<infer T> ? T : never

/** Parses the whole of `bytes`; `what` names it in the error. @throws TlsError `decode_error` */
export function decode<T>(codec: Codec<T>, bytes: Bytes, what: string): T {
  const reader = new ByteReader(bytes)
  try {
    const value = codec.read(reader)
    // section 6.2, decode_error: "the length of the message was incorrect"
    //= rfc9846#section-4.3 4.3-2
    //= rfc9846#section-6 6-9
    if (!reader.isAtEnd) throw new WireFormatError(`${reader.remaining} bytes follow the end`)
    return value
  } catch (error) {
    if (!(error instanceof WireFormatError)) throw error
    throw new TlsError('decode_error', `${[what, ...error.path].join('.')}: ${error.message}`)
  }
}

export function encode<T>(codec: Codec<T>, value: T): Bytes {
  const writer = new ByteWriter()
  codec.write(writer, value)
  return writer.finish()
}

function uint(byteLength: 1 | 2 | 3 | 4): Codec<number> {
  return {
    read: (reader) => reader.uint(byteLength),
    write: (writer, value) => writer.uint(byteLength, value),
  }
}

export const uint8 = uint(1)
export const uint16 = uint(2)
export const uint24 = uint(3)
export const uint32 = uint(4)

/** `opaque name[length]` */
export function fixed(length: number): Codec<Bytes> {
  return {
    read: (reader) => reader.view(length),
    write(writer, value) {
      if (value.length !== length) throw new RangeError(`${value.length} bytes, where ${length} must stand`)
      writer.bytes(value)
    },
  }
}

/** Limits of a vector, in bytes of its content: `<min..max>`. */
export interface Limits {
  readonly min?: number
  readonly max?: number
}

function readLength(reader: ByteReader, lengthBytes: 1 | 2 | 3, limits: Limits): number {
  const length = reader.uint(lengthBytes)
  const { min = 0, max = 256 ** lengthBytes - 1 } = limits
  if (length < min || length > max) throw new WireFormatError(`${length} bytes, where ${min} to ${max} may stand`)
  return length
}

function opaque(lengthBytes: 1 | 2 | 3, limits: Limits): Codec<Bytes> {
  return {
    read: (reader) => reader.view(readLength(reader, lengthBytes, limits)),
    write(writer, value) {
      writer.withLength(lengthBytes, limits.min ?? 0, limits.max ?? 256 ** lengthBytes - 1, () => writer.bytes(value))
    },
  }
}

export const opaque8 = (limits: Limits = {}) => opaque(1, limits)
export const opaque16 = (limits: Limits = {}) => opaque(2, limits)
export const opaque24 = (limits: Limits = {}) => opaque(3, limits)

function vector<T>(lengthBytes: 1 | 2 | 3, item: Codec<T>, limits: Limits): Codec<readonly T[]> {
  return {
    read(reader) {
      const content = reader.sub(readLength(reader, lengthBytes, limits))
      const items: T[] = []
      while (!content.isAtEnd) items.push(item.read(content))
      return items
    },
    write(writer, items) {
      writer.withLength(lengthBytes, limits.min ?? 0, limits.max ?? 256 ** lengthBytes - 1, () => {
        for (const value of items) item.write(writer, value)
      })
    },
  }
}

export const vector8 = <T>(item: Codec<T>, limits: Limits = {}) => vector(1, item, limits)
export const vector16 = <T>(item: Codec<T>, limits: Limits = {}) => vector(2, item, limits)
export const vector24 = <T>(item: Codec<T>, limits: Limits = {}) => vector(3, item, limits)

type Fields = Readonly<Record<string, Codec<never>>>
type StructOf<F> = { readonly [K in keyof F]: Infer<F[K]> }

/** `struct { ... }`: the fields in the order of their declaration. */
export function struct<const F extends Readonly<Record<string, Codec<unknown> | Codec<never>>>>(
  fields: F,
): Codec<StructOf<F>> {
  const entries = Object.entries(fields as Fields)
  return {
    read(reader) {
      const value: Record<string, unknown> = {}
      for (const [name, codec] of entries) {
        try {
          value[name] = codec.read(reader)
        } catch (error) {
          if (error instanceof WireFormatError) error.path.unshift(name)
          throw error
        }
      }
      return value as StructOf<F>
    },
    write(writer, value) {
      for (const [name, codec] of entries) codec.write(writer, (value as Record<string, never>)[name] as never)
    },
  }
}

/** A struct without fields: `struct {} Empty`. */
export const empty: Codec<true> = {
  read: () => true,
  write: () => undefined,
}

/** All that remains of the message, at most `max` bytes. */
export function remainder(max: number): Codec<Bytes> {
  return {
    read(reader) {
      if (reader.remaining > max) throw new WireFormatError(`${reader.remaining} bytes, where at most ${max} may stand`)
      return reader.view(reader.remaining)
    },
    write(writer, value) {
      if (value.length > max) throw new RangeError(`${value.length} bytes, where at most ${max} may stand`)
      writer.bytes(value)
    },
  }
}

/** `codec`, with a rule that its value must meet; `rule` returns what is wrong, or undefined. */
export function checked<T>(codec: Codec<T>, rule: (value: T) => string | undefined): Codec<T> {
  return {
    read(reader) {
      const value = codec.read(reader)
      const fault = rule(value)
      if (fault !== undefined) throw new WireFormatError(fault)
      return value
    },
    write: codec.write,
  }
}
