/** What the soak's page is told of the servers; it goes through DevTools, so it is JSON. */
export interface SoakTask {
  readonly relay: string
  readonly trustAnchors: string
  readonly serverName: string
  /** Port of the server of files, nginx. */
  readonly files: number
  /** Port of the server that hashes uploads, and fails where it is told to. */
  readonly web: number
  readonly known: readonly SoakFile[]
  /** Points of the width of `image.bmp`. */
  readonly imageSide: number
  /** Where the page itself serves a name. */
  readonly reverse: { readonly relay: string; readonly port: number; readonly name: string; readonly token: string }
}

/** A file of counted bytes. */
export interface SoakFile {
  readonly name: string
  readonly size: number
  /** Hexadecimal. */
  readonly sha256: string
}

/** What the page has done so far. */
export interface SoakCounts {
  readonly done: Readonly<Record<string, number>>
  /** What went otherwise than it must; of many, the first. */
  readonly failures: readonly string[]
  readonly requests: number
  readonly bytes: number
  /** Connections of the scenario that makes new ones, and how many of them resumed a session. */
  readonly connections: { readonly made: number; readonly resumed: number }
}
