import { TlsError } from '../../errors/tls-error.js'
import {
  type Codec,
  checked,
  decode,
  encode,
  type Infer,
  opaque16,
  struct,
  uint16,
  vector16,
} from '../../wire/codec.js'
import { ExtensionType, nameOf } from '../code-points.js'

/** The messages that carry an extension block; RFC 9846 section 4.3. */
export type ExtensionCarrier =
  | 'clientHello'
  | 'serverHello'
  | 'helloRetryRequest'
  | 'encryptedExtensions'
  | 'certificateRequest'
  | 'certificate'
  | 'newSessionTicket'

type Bodies = { readonly [M in ExtensionCarrier]?: Codec<never> }

/** An extension: its code point, and a body for each message in which it may stand. */
export type ExtensionDefinition<B extends Bodies = Bodies> = { readonly type: number } & B

export function defineExtension<const B extends { readonly [M in ExtensionCarrier]?: Codec<never> | Codec<unknown> }>(
  type: number,
  bodies: B,
): { readonly type: number } & B {
  return { type, ...bodies }
}

/** RFC 9846 section 4.3 */
export const extension = struct({ type: uint16, data: opaque16() })
export type Extension = Infer<typeof extension>

/**
 * "There MUST NOT be more than one extension of the same type in a given extension block." The alert is left open: it is
 * what BoringSSL, and so most of the field, says in each message.
 */
export const extensionBlock = (
  duplicates: 'decode_error' | 'illegal_parameter' = 'decode_error',
): Codec<readonly Extension[]> =>
  checked(vector16(extension), (extensions) => {
    const seen = new Set<number>()
    for (const { type } of extensions) {
      const fault = `extension ${nameOf(ExtensionType, type)} stands there twice`
      //= rfc9846#section-4.3 4.3-10
      if (seen.has(type)) {
        if (duplicates === 'decode_error') return fault
        throw new TlsError(duplicates, fault)
      }
      seen.add(type)
    }
    return undefined
  })

/** Writes one extension. */
export function makeExtension<T>(definition: { readonly type: number }, codec: Codec<T>, value: T): Extension {
  //= rfc9846#section-4.3 4.3-1
  return { type: definition.type, data: encode(codec, value) }
}

export function hasExtension(extensions: readonly Extension[], definition: { readonly type: number }): boolean {
  return extensions.some((candidate) => candidate.type === definition.type)
}

/** The parsed body of an extension, or `undefined` when it is not there. */
export function readExtension<T>(
  extensions: readonly Extension[],
  definition: { readonly type: number },
  codec: Codec<T>,
): T | undefined {
  //= rfc9846#section-4.3 4.3-8
  const found = extensions.find((candidate) => candidate.type === definition.type)
  return found && decode(codec, found.data, `extension ${nameOf(ExtensionType, definition.type)}`)
}

/** As `readExtension`, for an extension that must be there. @throws TlsError `missing_extension` (section 9.2) */
export function requireExtension<T>(
  extensions: readonly Extension[],
  definition: { readonly type: number },
  codec: Codec<T>,
  message: string,
): T {
  const value = readExtension(extensions, definition, codec)
  if (value === undefined) {
    throw new TlsError('missing_extension', `${message} has no extension ${nameOf(ExtensionType, definition.type)}`)
  }
  return value
}
