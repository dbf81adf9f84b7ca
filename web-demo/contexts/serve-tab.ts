import { listenOnTab } from '../../src/contexts.js'
import { byId } from '../page/dom.js'
import { failureView } from '../views/failure.js'
import { openEchoServer } from './echo-server.js'
import { explainContext } from './explain-context.js'
import { factsView } from './facts.js'
import { requestChain } from './signing.js'
import { tabChannels } from './tab-channels.js'

/** This tab is the other one: it makes a key, has it certified by the tab that opened it, and serves. */
export async function serveTab(id: string, name: string): Promise<void> {
  const { control, tls } = tabChannels(id)
  const messages = new BroadcastChannel(control)
  const status = byId('served-status', HTMLElement)
  const facts = byId('served-facts', HTMLElement)
  const say = (state: 'busy' | 'done' | 'failed', text: string) => {
    status.dataset.state = state
    status.textContent = text
  }
  byId('client', HTMLElement).hidden = true
  byId('served', HTMLElement).hidden = false
  try {
    const server = await openEchoServer({
      name,
      sign: (request) => requestChain(messages, request),
      onOpen(info) {
        say('done', 'The first tab is connected. Close this one, and it will say so.')
        facts.replaceChildren(
          factsView([
            ['served-cipher-suite', 'Cipher suite', info.cipherSuite],
            ['served-group', 'Key exchange', info.group ?? 'none'],
            ['served-name', 'Name asked for (SNI)', info.serverName ?? 'none'],
            ['served-key', 'Private key', 'made in this tab, not exportable'],
          ]),
        )
      },
      onClosed(error) {
        say(error === undefined ? 'done' : 'failed', 'The connection has ended.')
        if (error !== undefined) facts.replaceChildren(failureView(explainContext(error)))
      },
    })
    listenOnTab(tls, (stream) => server.accept(stream))
    say('busy', `Serving as ${name}. Waiting for the first tab …`)
    messages.postMessage({ isServing: true })
  } catch (error) {
    say('failed', 'This tab cannot serve: open it by the button of the first one.')
    facts.replaceChildren(failureView(explainContext(error)))
  }
}
