import type { Credentials } from '../support/pki.js'
import type { ProgramHandshake } from './program-peer.js'

export const stackNames = ['s2n-tls', 'rustls', 'Go', 'OpenSSL', 'GnuTLS'] as const
export type StackName = (typeof stackNames)[number]

/** What the tests ask of a stack, whatever it takes to make it do so. */
export interface PeerOptions {
  /** IANA's names, and no other groups. */
  readonly groups?: readonly string[]
  readonly alpnProtocols?: readonly string[]
  readonly isTls12?: boolean
  /** Client: how many bytes are sent early, on the second connection. Server: how many are taken. */
  readonly earlyData?: number
  readonly externalPsk?: { readonly identity: string; readonly key: Uint8Array }
  /** Short records are sent. */
  readonly smallRecords?: boolean
  /** What is sent waits in the stack until there is more than a record. */
  readonly bufferedSends?: boolean
  /** Records are padded. */
  readonly padding?: boolean
  /** Keys are changed so often while data is sent. */
  readonly keyUpdates?: number
  /** And we are asked to do the same. */
  readonly requestKeyUpdates?: boolean
}

export interface PeerServerOptions extends PeerOptions {
  /** Several are chosen from by server_name. */
  readonly identities: readonly Credentials[]
  readonly clientAuth?: 'optional' | 'required'
}

export interface PeerClientOptions extends PeerOptions {
  /** Default: the test's server name. */
  readonly serverName?: string
  readonly identity?: Pick<Credentials, 'leafFile' | 'chainFile' | 'keyFile' | 'intermediateFile'>
  /** Two connections, the second of which offers the first one's session. */
  readonly resume?: boolean
}

/** The other end of one connection. */
export interface PeerConnection {
  /** What the stack tells of its handshake; tools tell less than the programs. */
  handshake(): Promise<Partial<ProgramHandshake>>
  /**
   * Resolves when it has what our side sent, byte for byte, and has sent what it sends. Our side sends
   * `payload(fromClient)` or `payload(fromServer)` and gets the other one; from an echo its own.
   */
  exchange(): Promise<void>
  /** Waits until it has ended for the peer: whether the peer saw our close_notify, where it tells, or our alert. */
  end(): Promise<{ readonly isClean?: boolean; readonly alert?: string }>
}

export interface PeerServer {
  readonly host: string
  readonly port: number
  /** Counted from 1. */
  connection(number: number): PeerConnection
  stop(): Promise<void>
}

export interface PeerClient {
  /** Counted from 1. */
  connection(number: number): PeerConnection
  stop(): Promise<void>
}

export interface Stack {
  readonly name: StackName
  /** Why it is not tested here, or false. */
  readonly missing: string | false
  readonly cipherSuites: readonly string[]
  /** IANA's names of the groups that it has and we have too. */
  readonly groups: readonly string[]
  /** The server sends back what it gets instead of something of its own. */
  readonly isEcho: boolean
  /** Bytes that the stack's tool can send and show. */
  payload(length: number): Uint8Array<ArrayBuffer>
  serve(options: PeerServerOptions): Promise<PeerServer>
  dial(server: { readonly port: number }, options: PeerClientOptions): PeerClient
}

/** As in s2n-tls's own tests between stacks: more than four records one way, a quarter of one the other. */
export const fromClient = 65_519
export const fromServer = 4_095
