import { TlsError } from '../errors/tls-error.js'
import { failureMessage, type TunnelFailure } from './tunnel-failure.js'

export interface RegisterTunnelOptions {
  /** `module` where the script has imports; `classic`, for a bundle of one file, is what every browser takes. Default `classic`. */
  readonly type?: WorkerType
  /** The folder of the pages it controls. Default: that of the script. */
  readonly scope?: string
  /** Told of responses to this page that were cut off after their head had come. */
  readonly onError?: (failure: TunnelFailure) => void
  /** How long the worker may take until it controls the page, in milliseconds. Default 10 000. */
  readonly timeoutMs?: number
}

export interface Tunnel {
  readonly registration: ServiceWorkerRegistration
  /** Takes the worker away: it goes when the pages that it controls are closed. */
  unregister(): Promise<void>
}

/**
 * Registers the worker that calls `installTunnel`, and resolves when it controls this page: from then on what the page
 * asks for and a rule has goes through the tunnel.
 *
 * @throws TlsError `unsupported` where there are no service workers (no secure context, a private window),
 *   `invalid_argument` when the script cannot be loaded, `invalid_state` when it does not take control in time
 * @example await registerTunnel('/tunnel-worker.js')
 */
export async function registerTunnel(script: string | URL, options: RegisterTunnelOptions = {}): Promise<Tunnel> {
  const { type = 'classic', scope, onError, timeoutMs = 10_000 } = options
  const container = (globalThis.navigator as { readonly serviceWorker?: ServiceWorkerContainer } | undefined)
    ?.serviceWorker
  if (container === undefined) {
    throw new TlsError('unsupported', 'there are no service workers here: a page must be a secure context')
  }
  let registration: ServiceWorkerRegistration
  try {
    registration = await container.register(script, {
      type,
      updateViaCache: 'none',
      ...(scope !== undefined && { scope }),
    })
  } catch (cause) {
    throw new TlsError('invalid_argument', `the worker ${script} could not be registered: ${String(cause)}`, { cause })
  }
  const onMessage = ({ data }: MessageEvent<{ readonly type?: unknown; readonly failure: TunnelFailure } | null>) => {
    if (data?.type === failureMessage) onError?.(data.failure)
  }
  container.addEventListener('message', onMessage)
  container.startMessages()
  try {
    await controlled(container, timeoutMs)
  } catch (error) {
    container.removeEventListener('message', onMessage)
    throw error
  }
  return {
    registration,
    async unregister() {
      container.removeEventListener('message', onMessage)
      await registration.unregister()
    },
  }
}

function controlled(container: ServiceWorkerContainer, timeoutMs: number): Promise<void> {
  if (container.controller) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer)
      container.removeEventListener('controllerchange', onChange)
    }
    const onChange = () => {
      settle()
      resolve()
    }
    const timer = setTimeout(() => {
      settle()
      reject(new TlsError('invalid_state', 'the worker does not control this page: is the page within its scope?'))
    }, timeoutMs)
    container.addEventListener('controllerchange', onChange)
  })
}
