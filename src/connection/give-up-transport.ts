import { AlertDescription } from '../errors/alert-description.js'
import { errorRules } from '../errors/codes.js'
import type { TlsError } from '../errors/tls-error.js'
import type { MessageChannel } from '../handshake/message-channel.js'
import { within } from './within.js'

/** How long the transport may take to carry an alert, and then to end, in milliseconds. */
export const alertMilliseconds = 1000

/**
 * Ends a connection that has failed: the alert of the failure is the last that goes out (RFC 9846 section 6), and the
 * keys are forgotten with it, whatever of the handshake still runs.
 * @param isOpen whether the handshake was done
 * @param forgetSecrets called once the alert is with the engine, before anything is awaited
 */
export async function giveUpTransport(
  channel: MessageChannel,
  failure: TlsError,
  isOpen: boolean,
  forgetSecrets: () => void,
): Promise<void> {
  try {
    sendFatalAlert(channel, failure, isOpen)
  } catch {
    // the transport has failed before: there is no one to tell
  }
  forgetSecrets()
  // the alert gets its chance; the peer's taking it is not waited for
  if (errorRules[failure.code].alert !== undefined) {
    await within(alertMilliseconds, channel.sink.flushed()).catch(() => undefined)
  }
  channel.source.cancel(failure).catch(() => undefined)
  if (failure.code !== 'aborted' || !isOpen) {
    await within(alertMilliseconds, channel.sink.close()).catch(() => undefined)
  }
  channel.sink.abort(failure).catch(() => undefined)
}

function sendFatalAlert(channel: MessageChannel, { code }: TlsError, isOpen: boolean): void {
  const description = errorRules[code].alert
  if (description === undefined) return
  if (description !== AlertDescription.user_canceled) {
    //= rfc9846#section-6 6-6
    //= rfc9846#section-6.2 6.2-2 6.2-4 6.2-5
    channel.sendAlert('fatal', description)
    return
  }
  // section 6.1: user_canceled is for the handshake and is followed by close_notify. Later a close_notify would make
  // data that was cut off look whole, so the transport is cut instead
  if (isOpen) return
  //= rfc9846#section-6.1 6.1-3
  channel.sendAlert('warning', AlertDescription.user_canceled)
  channel.sendAlert('warning', AlertDescription.close_notify)
}
