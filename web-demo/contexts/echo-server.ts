import { acceptTls, type DuplexStream, type TlsSocketInfo } from '../../src/index.js'
import { openServerIdentity } from '../../src/page-identity.js'

export interface EchoServer {
  /** Speaks TLS on a stream, and sends back what comes. */
  accept(stream: DuplexStream): void
}

export interface EchoServerOptions {
  readonly name: string
  /** Gets a chain for a certification request: the key itself stays in this context. */
  readonly sign: (requestPem: string) => Promise<string>
  readonly onOpen?: (info: TlsSocketInfo) => void
  readonly onClosed?: (error?: unknown) => void
}

/** A server in whatever context calls this, with a key that is made there and cannot be exported. */
export async function openEchoServer(options: EchoServerOptions): Promise<EchoServer> {
  const { name, sign, onOpen, onClosed } = options
  const { identities } = await openServerIdentity({
    names: [name],
    certificate: async ({ createRequest }) => await sign((await createRequest()).pem),
  })
  return {
    accept(stream) {
      const socket = acceptTls(stream, { identities })
      socket.opened.then(onOpen, () => undefined)
      socket.readable.pipeTo(socket.writable).catch(() => undefined)
      socket.closed.then(
        () => onClosed?.(),
        (error) => onClosed?.(error),
      )
    },
  }
}
