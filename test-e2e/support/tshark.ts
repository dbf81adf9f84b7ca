import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pcapOf } from './pcap.js'

/** The application data of a connection that Wireshark finds by a key log, in order, as text. */
export async function decryptByKeyLog(
  folder: string,
  lines: readonly string[],
  segments: Parameters<typeof pcapOf>[0],
  port: number,
): Promise<readonly string[]> {
  writeFileSync(join(folder, 'keys.txt'), `${lines.join('\n')}\n`)
  writeFileSync(join(folder, 'capture.pcap'), pcapOf(segments, port))
  const { stdout } = await promisify(execFile)(
    'tshark',
    [
      ...['-r', 'capture.pcap', '-o', 'tls.keylog_file:keys.txt', '-d', `tcp.port==${port},tls`],
      ...['-d', `tls.port==${port},data`, '-Y', 'data', '-T', 'fields', '-e', 'data.data'],
    ],
    { cwd: folder, env: { ...process.env, HOME: folder } },
  )
  return stdout
    .split(/\s+|,/)
    .filter(Boolean)
    .map((hex) => Buffer.from(hex.replaceAll(':', ''), 'hex').toString('latin1').trim())
}
