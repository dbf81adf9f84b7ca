export { createRelay, type Relay, type RelayAddress, type RelayListenOptions } from './relay/create-relay.js'
export { defaultLimits, type RelayBytesEvent, type RelayLimits, type RelayOptions } from './relay/options.js'
export { type Resolve, systemResolve } from './relay/resolve-target.js'
export { RelayError, type RelayErrorCode, type RelayReason } from './transports/relay-error.js'
