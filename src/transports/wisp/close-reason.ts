/** Why a stream was closed: Wisp 1.2, "Close Reasons". */
export const WispCloseReason = {
  unspecified: 0x01,
  voluntary: 0x02,
  networkError: 0x03,
  // of servers only
  invalidInformation: 0x41,
  unreachable: 0x42,
  timedOut: 0x43,
  refused: 0x44,
  transferTimedOut: 0x47,
  blocked: 0x48,
  throttled: 0x49,
  // of clients only
  clientError: 0x81,
} as const

export type WispCloseReason = (typeof WispCloseReason)[keyof typeof WispCloseReason]
