/** What a test asks the page to do; it goes through a browser driver, so it is JSON. */
export interface ConnectTask {
  /** The relay's WebSocket address. */
  readonly relay: string
  readonly relayToken?: string
  /** `wisp`: the address is a Wisp server's. */
  readonly relayMode?: 'framed' | 'plain' | 'wisp'
  /** With `wisp`: so many connections at once, over one WebSocket, each with the same request. */
  readonly connections?: number
  readonly host: string
  readonly port: number
  readonly serverName: string
  /** PEM. */
  readonly trustAnchors: string
  readonly alpnProtocols?: readonly string[]
  /** Without it the page only connects, and closes. */
  readonly request?: {
    readonly method?: 'GET' | 'PUT'
    readonly path: string
    /** Sends so many bytes of the pattern. */
    readonly uploadBytes?: number
  }
}

export interface ConnectReport {
  readonly cipherSuite: string
  readonly group: string | undefined
  readonly signatureScheme: string | undefined
  readonly alpnProtocol: string | undefined
  readonly helloRetried: boolean
  readonly subjects: readonly string[]
  readonly answer?: {
    readonly status: number
    readonly length: number
    readonly sha256: string
    /** The body, if it is short. */
    readonly text: string | undefined
  }
}
