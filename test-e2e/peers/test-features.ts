import type { Stack } from './stack.js'
import { testAuthentication } from './test-authentication.js'
import { testNegotiation } from './test-negotiation.js'
import { testRecords } from './test-records.js'
import { testSessions } from './test-sessions.js'

/** All but the matrix, in both roles. */
export function testFeatures(stack: Stack): void {
  testNegotiation(stack)
  testSessions(stack)
  testAuthentication(stack)
  testRecords(stack)
}
