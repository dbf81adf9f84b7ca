export type { DuplexStream } from './connection/duplex-stream.js'
export { type DialTabOptions, dialTab, listenOnTab, type TabListener } from './transports/broadcast-channel-stream.js'
export {
  type DataChannelLike,
  type DataChannelStreamOptions,
  dataChannelStream,
} from './transports/data-channel-stream.js'
export {
  type MessagePortLike,
  type MessagePortStreamOptions,
  messagePortStream,
} from './transports/message-port-stream.js'
