import { WireFormatError } from '../../wire/byte-reader.js'
import { type Codec, checked, empty, opaque16, struct, uint8, vector16 } from '../../wire/codec.js'
import { ExtensionType } from '../code-points.js'
import { defineExtension } from './extension.js'

const host_name = 0

const serverNameList = vector16(struct({ nameType: uint8, name: opaque16({ min: 1 }) }), { min: 1 })

/** RFC 6066 section 3: one name, of type host_name; the server acknowledges with an empty body. */
const clientHello: Codec<string> = {
  read(reader) {
    const list = checked(serverNameList, (names) =>
      names.length === 1 && names[0]?.nameType === host_name
        ? undefined
        : 'exactly one name of type host_name may stand there',
    ).read(reader)
    const name = list[0]?.name ?? new Uint8Array()
    return checkedHostName.read(name)
  },
  write(writer, name) {
    serverNameList.write(writer, [{ nameType: host_name, name: new TextEncoder().encode(name) }])
  },
}

const checkedHostName = {
  /** ASCII in A-label form; a NUL or any other control character would let a name mean two things. */
  read(bytes: Uint8Array): string {
    for (const byte of bytes) {
      if (byte <= 0x20 || byte >= 0x7f) throw new WireFormatError('a host name has only printable ASCII characters')
    }
    return String.fromCharCode(...bytes.subarray(0, 65535))
  },
}

export const serverName = defineExtension(ExtensionType.server_name, {
  clientHello,
  encryptedExtensions: empty,
})
