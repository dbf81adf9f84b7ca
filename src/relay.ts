export { createRelay, type Relay, type RelayAddress, type RelayListenOptions } from './relay/create-relay.js'
export { defaultLimits, type RelayBytesEvent, type RelayLimits, type RelayOptions } from './relay/options.js'
export { type Resolve, systemResolve } from './relay/resolve-target.js'
export type { ReverseStatus } from './relay/reverse/reverse-metrics.js'
export {
  defaultReverseLimits,
  type RegistrationRequest,
  type ReverseAddress,
  type ReverseLimits,
  type ReverseListenOptions,
  type ReverseOptions,
} from './relay/reverse/reverse-options.js'
export { RelayError, type RelayErrorCode, type RelayReason } from './transports/relay-error.js'
