/**
 * Where the time of webtls goes in Node: the calls of SubtleCrypto that a handshake makes, and what the main thread does
 * meanwhile. `npx tsx bench/s2n/where.ts`, with --milliseconds N
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readOptions } from '../../scripts/read-options.js'
import { type CryptoProvider, platformProvider } from '../../src/crypto/provider.js'
import { nodeProvider } from '../../src/node.js'
import { base, type Pems } from './cases.js'
import { readCertificates, writeCertificates } from './certificates.js'
import { profile } from './profile.js'
import { close, WebtlsStack } from './webtls-stack.js'

const values = readOptions(import.meta.url, { milliseconds: { type: 'string', default: '3000' } })
const milliseconds = Number(values.milliseconds)
const providers = { webtls: undefined, 'webtls, nodeProvider': nodeProvider }

const pems = await certificates()
console.log('calls of SubtleCrypto in a handshake, both ends')
console.table(Object.fromEntries(await countCalls(pems)))
for (const kind of ['handshake', 'throughput'] as const) {
  const shares = new Map<string, Readonly<Record<string, string>>>()
  for (const [name, provider] of Object.entries(providers)) {
    shares.set(name, await profile(kind, milliseconds, pems, provider))
  }
  console.log(`what the main thread does: ${kind}`)
  console.table(Object.fromEntries(shares))
}

async function certificates(): Promise<Pems> {
  const folder = mkdtempSync(join(tmpdir(), 'webtls-bench-'))
  try {
    await writeCertificates(folder)
    return readCertificates(folder, base.certificate)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** By method and algorithm. */
async function countCalls(of: Pems): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  let isCounting = false
  const subtle = new Proxy(crypto.subtle, {
    get(target, method) {
      const real: unknown = Reflect.get(target, method, target)
      if (typeof real !== 'function') return real
      return (...parameters: readonly unknown[]) => {
        const name = `${String(method)} ${algorithmOf(parameters[method === 'importKey' ? 2 : 0])}`
        if (isCounting) counts.set(name, (counts.get(name) ?? 0) + 1)
        return real.apply(target, parameters)
      }
    },
  })
  const provider: CryptoProvider = { ...platformProvider, subtle }
  const stack = await WebtlsStack.create(base, of, provider)
  isCounting = true
  const pair = stack.connect()
  await stack.opened(pair)
  isCounting = false
  await close(pair)
  counts.set(
    'all',
    [...counts.values()].reduce((sum, count) => sum + count),
  )
  return counts
}

function algorithmOf(parameter: unknown): string {
  if (typeof parameter === 'string') return parameter
  const { name, algorithm } = parameter as { name?: string; algorithm?: { name: string } }
  return name ?? algorithm?.name ?? ''
}
