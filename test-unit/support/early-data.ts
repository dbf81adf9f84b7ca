import { TlsServerConfig, type TlsServerOptions } from '../../src/connection/server-config.js'
import { TicketKeys } from '../../src/session/ticket-keys.js'
import { acceptScriptedWith, serverOptions, whenOpen } from './accepted-connection.js'
import type { ClientScript, OfferedPsk } from './client-script.js'
import { testProvider } from './provider.js'

export interface ResumableServer {
  readonly config: TlsServerConfig
  /** A ticket of a connection that is over. */
  ticket(script?: ClientScript, ageMilliseconds?: number): Promise<OfferedPsk>
}

/** The suite of all scripted sessions, so that the early data's is known. */
export const sessionSuite: Pick<ClientScript, 'suites'> = { suites: ['TLS_AES_128_GCM_SHA256'] }

/** A server that gives tickets, and takes 16384 bytes of early data. */
export async function resumableServer(options: Partial<TlsServerOptions> = {}): Promise<ResumableServer> {
  const config = await TlsServerConfig.create(
    await serverOptions({
      ticketKeys: TicketKeys.generated({ provider: options.provider ?? testProvider }),
      maxEarlyData: 2 ** 14,
      ...options,
    }),
  )
  return {
    config,
    async ticket(script = {}, ageMilliseconds = 0) {
      const { socket, client } = await whenOpen(acceptScriptedWith(config, { ...sessionSuite, ...script }))
      const psk = await client.receiveTicket(ageMilliseconds)
      await client.sendCloseNotify()
      await socket.close()
      return psk
    },
  }
}
