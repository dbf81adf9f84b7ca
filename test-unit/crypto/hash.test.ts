import { expect, test } from 'vitest'
import { digest, emptyHash, sha256, sha384 } from '../../src/crypto/hash.js'
import { noBytes } from '../../src/wire/bytes.js'
import { testProvider } from '../support/provider.js'

test.each([sha256, sha384])('the hash of no bytes that is known for $name is what the engine makes', async (hash) => {
  expect(emptyHash[hash.name]).toEqual(await digest(testProvider, hash, noBytes))
})
