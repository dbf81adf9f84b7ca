import { it } from 'vitest'
import type { TlsServerOptions } from '../../src/connection/server-config.js'
import { acceptScripted, expectServerRefusal } from './accepted-connection.js'
import type { ClientScript } from './client-script.js'
import type { Refusal } from './scripted-connection.js'

export interface ServerRefusalRow extends Refusal {
  /** What the client does, as it goes on after "refuses". */
  readonly what: string
  readonly script: ClientScript | (() => Promise<ClientScript>)
  readonly options?: Partial<TlsServerOptions> | (() => Promise<Partial<TlsServerOptions>>)
}

/** A test for each row: the server breaks the handshake off with this very code, message and alert. */
export function itRefusesClients(rows: readonly ServerRefusalRow[]): void {
  it.each(rows)('refuses $what with $alert', async ({ script, options = {}, ...refusal }) => {
    const settled = typeof script === 'function' ? await script() : script
    const connection = await acceptScripted(settled, typeof options === 'function' ? await options() : options)
    await expectServerRefusal(connection, refusal)
  })
}
