import { clientAuth } from './rfc8448-client-authentication.js'
import { compatibilityMode } from './rfc8448-compatibility-mode.js'
import { helloRetryRequestTrace } from './rfc8448-hello-retry-request.js'
import { resumed0Rtt } from './rfc8448-resumed-0-rtt.js'
import { simple1Rtt } from './rfc8448-simple-1-rtt.js'
import { Trace } from './rfc8448-trace.js'

/** The five complete handshakes of RFC 8448. */
export const traces = {
  'section 3, simple 1-RTT': new Trace(simple1Rtt),
  'section 4, resumed 0-RTT': new Trace(resumed0Rtt),
  'section 5, HelloRetryRequest': new Trace(helloRetryRequestTrace),
  'section 6, client authentication': new Trace(clientAuth),
  'section 7, compatibility mode': new Trace(compatibilityMode),
} as const

export type TraceName = keyof typeof traces

export const allTraces = Object.entries(traces) as readonly [TraceName, Trace][]
