import type { DuplexStream } from '../../../src/connection/duplex-stream.js'
import type { Flow, Role } from './recipe.js'

/** A TLS stack as both ends: each connection is one that its own code accepts or opens, and echoes on. */
export interface Stack {
  readonly name: string
  /** What it cannot do. */
  readonly lacks: Lacking
  /** How many connections its client resumes with a ticket. */
  readonly ticketUses: number
  /** A connection to its server. */
  dialServer(flow: Flow): Promise<StackConnection>
  /** A connection that its client opens; in the flows of resumption with the ticket of an earlier one, if it has any. */
  acceptClient(flow: Flow): Promise<StackConnection>
  stop(): Promise<void>
}

export type Lacking = { readonly [R in Role]: readonly Flow[] }

export interface StackConnection {
  readonly transport: DuplexStream
  /** Ends what is left of it. @returns what the stack said of it, and what it did that no stack may do */
  finish(): Promise<StackReport>
}

export interface StackReport {
  /** Looked up only when it is asked for. */
  note(): string
  /** An exception of the wrong kind, or a promise that never settles. */
  readonly defect?: string
}
