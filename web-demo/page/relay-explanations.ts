import type { RelayErrorCode } from '../../src/websocket.js'
import type { Explanation } from './explanation.js'

const relayDown: Explanation = {
  title: 'The relay cannot be reached',
  meaning: 'No WebSocket to the relay: nothing was sent to the server.',
  advice: [
    'Check that the relay is running, and its address under Options.',
    'A relay lets in only the pages that it was told of: its log says when it refused one.',
  ],
}

const targetDown: Explanation = {
  title: 'The relay found no server there',
  meaning: 'The relay is fine; the server that it should reach does not answer.',
  advice: ['Check the host and the port.', 'The relay must reach it from where the relay runs, not from here.'],
}

const lost: Explanation = {
  title: 'The connection broke off',
  meaning: 'What arrived until then is genuine; the rest is missing.',
  advice: ['Try again.'],
}

/** By the reason that the relay, or the way to it, gave. */
export const relayExplanations: Readonly<Record<RelayErrorCode, Explanation>> = {
  blocked: {
    title: 'The relay refuses to go there',
    meaning: 'A relay reaches only what its operator allows, and private addresses least of all.',
    advice: ['Start the demo with `npm run demo -- --allow host:port` for a target of your own.'],
  },
  bad_target: { ...targetDown, title: 'The relay does not understand the target' },
  unauthorized: { ...relayDown, title: 'The relay wants a token', meaning: 'It admits only those who have one.' },
  forbidden_origin: {
    ...relayDown,
    title: 'The relay does not admit this page',
    meaning: 'A relay serves only pages from origins that it knows.',
  },
  unresolvable: {
    title: 'There is no such host',
    meaning: 'The relay could not resolve the name.',
    advice: ['Check the spelling of the host.', 'The relay’s resolver decides, not this computer’s.'],
  },
  refused: targetDown,
  unreachable: targetDown,
  timed_out: targetDown,
  limit: {
    title: 'The relay is full',
    meaning: 'It limits how many connections one client, or all together, may have.',
    advice: ['Close other tabs with connections, or wait a moment.'],
  },
  reset: lost,
  idle: { ...lost, meaning: 'Nothing was said for too long, so the relay ended it.' },
  shutting_down: { ...lost, meaning: 'The relay is shutting down.' },
  relay_lost: { ...lost, meaning: 'The WebSocket to the relay broke off.' },
  relay_unreachable: relayDown,
  protocol_error: {
    title: 'This is not a relay of ours',
    meaning: 'What answers there does not speak the relay protocol.',
    advice: ['Check the relay’s address under Options.'],
  },
  overflow: lost,
  name_taken: {
    title: 'Another page has this name',
    meaning: 'A relay gives a name to one page at a time.',
    advice: ['Choose another name, or close the other tab.'],
  },
  failed: lost,
}
