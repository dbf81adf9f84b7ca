import type { Codec } from '../wire/codec.js'
import { type Extension, extensionBlock } from './extensions/extension.js'

/**
 * The extensions at the end of a hello. Before TLS 1.3 the whole block could be missing; such a hello must be
 * readable, so that it can be answered with protocol_version rather than decode_error.
 */
export function helloExtensions(...options: Parameters<typeof extensionBlock>): Codec<readonly Extension[]> {
  const block = extensionBlock(...options)
  return {
    read: (reader) => (reader.isAtEnd ? [] : block.read(reader)),
    write: (writer, extensions) => block.write(writer, extensions),
  }
}
