export interface PcapngBlock {
  readonly type: number
  readonly body: Uint8Array
}

/** The blocks of a pcapng file of one little-endian section, both lengths of each compared. */
export function pcapngBlocks(file: Uint8Array): PcapngBlock[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const blocks: PcapngBlock[] = []
  for (let offset = 0; offset < file.length; ) {
    const length = view.getUint32(offset + 4, true)
    if (length % 4 !== 0 || view.getUint32(offset + length - 4, true) !== length) {
      throw new Error(`the block at ${offset} has two lengths`)
    }
    blocks.push({ type: view.getUint32(offset, true), body: file.subarray(offset + 8, offset + length - 4) })
    offset += length
  }
  return blocks
}

/** The packets of the Enhanced Packet Blocks, with their times in microseconds. */
export function enhancedPackets(file: Uint8Array): { readonly microseconds: number; readonly bytes: Uint8Array }[] {
  return pcapngBlocks(file)
    .filter(({ type }) => type === 6)
    .map(({ body }) => {
      const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
      const microseconds = view.getUint32(4, true) * 2 ** 32 + view.getUint32(8, true)
      return { microseconds, bytes: body.subarray(20, 20 + view.getUint32(12, true)) }
    })
}
