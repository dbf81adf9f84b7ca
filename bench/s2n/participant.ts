/**
 * webtls with both ends of each connection in this process, over memory: `participant.ts web|node FOLDER` reads a
 * command a line and answers each with a line, both JSON. FOLDER has the certificates.
 */
import { createInterface } from 'node:readline'
import { nodeProvider } from '../../src/node.js'
import type { Command } from './cases.js'
import { readCertificates } from './certificates.js'
import { measureHandshakes, measureThroughput } from './measure.js'
import { measureMemory } from './measure-memory.js'

const [kind, folder] = process.argv.slice(2)
if (folder === undefined || (kind !== 'web' && kind !== 'node')) throw new Error('participant.ts web|node FOLDER')
const provider = kind === 'node' ? nodeProvider : undefined

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await measure(JSON.parse(line) as Command, folder)))
}

function measure(command: Command, from: string) {
  const pems = readCertificates(from, command.certificate)
  switch (command.kind) {
    case 'handshake':
      return measureHandshakes(command, pems, provider)
    case 'throughput':
      return measureThroughput(command, pems, provider)
    case 'memory':
      return measureMemory(command, pems, provider)
  }
}
