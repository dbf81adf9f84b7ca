/** How a stack met one recipe. */
export interface Verdict {
  readonly outcome: Outcome
  /** The alert that came; `none` where it only closed the connection. */
  readonly alert?: string
  /** What was bent, as the scripted peer saw it. */
  readonly path: string
  /** Of the stack's own words, if it has any. */
  readonly note?: string
}

export type Outcome =
  /** The handshake went on to its end, and data came back. */
  | 'accepted'
  /** An alert, or the end of the connection. */
  | 'refused'
  /** It waited for more until the transport ended, and then ended as well. */
  | 'waited'
  /** It did not even end when the transport did. */
  | 'hung'
  /** It went on in a way that the scripted peer cannot follow. */
  | 'astray'
