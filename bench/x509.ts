/**
 * `npm run bench:x509 [-- --json FILE --seconds N]`: how many three-certificate chains are validated per second in Node
 * and in Chromium, beside node:crypto's X509Certificate.verify on the same chains (signatures alone), and how long a
 * certificate takes to parse.
 */
// @peculiar/x509 needs it, and needs it first
import 'reflect-metadata'
import { X509Certificate } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { AsnConvert } from '@peculiar/asn1-schema'
import { Certificate as Asn1Certificate } from '@peculiar/asn1-x509'
import { X509Certificate as PeculiarCertificate, X509ChainBuilder } from '@peculiar/x509'
import { readOptions } from '../scripts/read-options.js'
import type { TestCertificate } from '../test-unit/support/certificates.js'
import { measureInChromium } from './support/in-chromium.js'
import {
  type BenchKeyType,
  type Case,
  createChain,
  keyTypes,
  measure,
  ourCases,
  type Result,
} from './support/x509-cases.js'

const values = readOptions(import.meta.url, { json: { type: 'string' }, seconds: { type: 'string', default: '2' } })
const seconds = Number(values.seconds)

const node: Result[] = []
for (const keyType of keyTypes) {
  const chain = await createChain(keyType)
  for (const each of [...ourCases(keyType, chain), ...theirCases(keyType, chain)])
    node.push(await measure(each, seconds))
}
console.log(`Node ${process.version}`)
console.table(node)
const browser = await measureInChromium(seconds)
console.log(browser === undefined ? 'no Chromium was found' : `Chromium ${browser.version}`)
if (browser !== undefined) console.table(browser.results)
if (values.json !== undefined) {
  const report = {
    date: new Date().toISOString(),
    node: { version: process.version, results: node },
    chromium: browser,
  }
  writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`)
}

function theirCases(keyType: BenchKeyType, chain: readonly TestCertificate[]): Case[] {
  const [leaf] = chain
  if (leaf === undefined) return []
  return [
    [
      `${keyType}: node:crypto, parse and two verify()`,
      () => {
        const [first, second, third] = chain.map(({ der }) => new X509Certificate(der))
        return second && third && first?.verify(second.publicKey) && second.verify(third.publicKey)
      },
    ],
    [
      `${keyType}: @peculiar/x509, parse and build the chain`,
      async () => {
        const [first, ...certificates] = chain.map(({ der }) => new PeculiarCertificate(der))
        return first && (await new X509ChainBuilder({ certificates }).build(first))
      },
    ],
    [`${keyType}: parse, @peculiar/asn1-x509 without extensions`, () => AsnConvert.parse(leaf.der, Asn1Certificate)],
    [`${keyType}: parse, node:crypto`, () => new X509Certificate(leaf.der)],
  ]
}
