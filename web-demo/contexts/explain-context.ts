import { TlsError } from '../../src/index.js'
import { explain, type Failure } from '../page/advice.js'

/** As everywhere in the demo, save where it would speak of a relay or of a form, of which there is none here. */
export function explainContext(error: unknown): Failure {
  const failure = explain(error)
  if (!(error instanceof TlsError)) {
    return { ...failure, title: 'The other context is not there', meaning: failure.message, advice: ['Try again.'] }
  }
  if (error.code === 'transport_failed') {
    return {
      ...failure,
      title: 'The other context is gone',
      meaning: 'It went away without a close_notify, as a closed tab or an ended worker does: TLS calls that no end.',
      advice: ['Connect again.'],
    }
  }
  if (error.code === 'certificate_unknown_issuer') {
    return {
      ...failure,
      advice: ['Nothing: this is what should happen. The key was not certified by the CA of this page.'],
    }
  }
  return failure
}
