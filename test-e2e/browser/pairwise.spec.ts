import { readFileSync } from 'node:fs'
import type { PairMaterials } from '../../test-unit/support/connected-pair.js'
import { expectedObservation } from '../../test-unit/support/pair-observation.js'
import { makePairs, pairFactors } from '../../test-unit/support/pairwise.js'
import { clientCredentials, inFolder } from '../support/openssl-client.js'
import { type KeyType, keyTypes, serverName, type TestPki } from '../support/pki.js'
import { expect, skipWithoutOpenssl, test } from './fixtures.js'

const rows = makePairs(pairFactors)
/** So many in one call of the page: a driver has patience for half a minute. */
const atATime = 8

/** Our client against our server, both in the page: the platform's cryptography and streams under every two switches. */
for (let first = 0; first < rows.length; first += atATime) {
  const part = rows.slice(first, first + atATime)
  test(`client and server in one page agree, pairs ${first + 1} to ${first + part.length}`, async ({
    pki,
    testPage,
  }, testInfo) => {
    skipWithoutOpenssl(testInfo)
    const materials = await materialsOf(pki)
    const pairs = part.map((options) => ({ options, materials: materials[options.keyType as KeyType] }))
    const outcomes = await testPage.evaluate((task) => window.webtlsTest.observePairs(task), { pairs })
    expect(outcomes).toEqual(part.map((options) => ({ ok: expectedObservation(options, serverName) })))
  })
}

let made: Promise<Readonly<Record<KeyType, PairMaterials>>> | undefined

function materialsOf(pki: TestPki): Promise<Readonly<Record<KeyType, PairMaterials>>> {
  made ??= inFolder(async (folder) => {
    const entries = keyTypes.map((keyType): [KeyType, PairMaterials] => {
      const client = clientCredentials(folder, pki.leaf[keyType], keyType)
      const materials = {
        serverName,
        trustAnchors: pki.trustAnchors,
        server: identityFrom(pki.leaf[keyType]),
        client: identityFrom(client),
      }
      return [keyType, materials]
    })
    return Object.fromEntries(entries) as Record<KeyType, PairMaterials>
  })
  return made
}

const identityFrom = ({ chainFile, keyFile }: { readonly chainFile: string; readonly keyFile: string }) => ({
  certificateChain: readFileSync(chainFile, 'utf8'),
  privateKey: readFileSync(keyFile, 'utf8'),
})
