import { describe, expect, it } from 'vitest'
import { within } from '../support/deadline.js'
import { connectPair } from '../support/pair.js'
import { expectedObservation, observePair } from '../support/pair-observation.js'
import { makePairs, pairFactors } from '../support/pairwise.js'
import { testServerName } from '../support/server-identity.js'

describe('our client and our server agree', () => {
  it.each(makePairs(pairFactors).map((options) => [JSON.stringify(Object.values(options)), options] as const))(
    'with %s',
    async (_title, options) => {
      const pair = await within(connectPair(options), 'the handshake', 15_000)
      expect(await observePair(pair)).toEqual(expectedObservation(options, testServerName))
    },
  )
})
