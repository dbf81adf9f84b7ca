import { describe, expect, it } from 'vitest'
import {
  clientOptionsOf,
  clientParametersOf,
  TlsClientConfig,
  type TlsClientOptions,
} from '../../src/connection/client-config.js'
import { connectTls } from '../../src/connection/connect-tls.js'
import type { TlsEvent } from '../../src/handshake/observer.js'
import { memoryDuplexPair } from '../../src/transports/memory-pair.js'
import { rejection, within } from '../support/deadline.js'
import { testProvider } from '../support/provider.js'
import { clientOptions, failureOf, openScripted } from '../support/scripted-connection.js'

const wrong: readonly (readonly [string, Record<string, unknown>])[] = [
  ['no serverName', { serverName: undefined }],
  ['an empty serverName', { serverName: '' }],
  ['a serverName that is no text', { serverName: 7 }],
  ['a serverName with a space', { serverName: 'a b' }],
  ['a serverName that is not in A-label form', { serverName: 'bücher.example' }],
  ['a serverName with a port', { serverName: 'server.test:443' }],
  ['a URL as serverName', { serverName: 'https://server.test' }],
  ['no trustAnchors', { trustAnchors: undefined }],
  ['empty trustAnchors', { trustAnchors: [] }],
  ['an empty ALPN protocol', { alpnProtocols: [''] }],
  ['an ALPN protocol of 256 bytes', { alpnProtocols: ['x'.repeat(256)] }],
  ['a recordLimit of 0', { recordLimit: 0 }],
  ['a recordLimit that is no whole number', { recordLimit: 1.5 }],
  ['a maxCertificateLength of -1', { maxCertificateLength: -1 }],
]

describe('options that cannot be right', () => {
  it.each(wrong)('%s: invalid_argument, and nothing is sent', async (_what, change) => {
    const options = { ...(await clientOptions()), ...change } as unknown as TlsClientOptions
    expect(await rejection(TlsClientConfig.create(options), 'create')).toMatchObject({
      name: 'TlsError',
      code: 'invalid_argument',
    })
    const [near, far] = memoryDuplexPair()
    const socket = connectTls(near, options)
    expect(await failureOf(socket)).toMatchObject({ code: 'invalid_argument' })
    const first = await within(far.readable.getReader().read(), 'the transport').catch(() => undefined)
    // at most the alert that says so: never a ClientHello
    expect(first?.value?.[0] ?? 21).toBe(21)
  })

  it('a WebCrypto that is not there is unsupported', async () => {
    const provider = { ...testProvider, subtle: undefined } as unknown as TlsClientOptions['provider']
    const options = await clientOptions(provider ? { provider } : {})
    expect(await rejection(TlsClientConfig.create(options), 'create')).toMatchObject({ code: 'unsupported' })
  })
})

describe('TlsClientConfig', () => {
  it('is shared by any number of connections, and cannot be changed', async () => {
    const config = await TlsClientConfig.create(await clientOptions())
    expect(Object.isFrozen(config)).toBe(true)
    expect(Object.isFrozen(clientOptionsOf(config))).toBe(true)
    expect(Object.isFrozen(clientParametersOf(config))).toBe(true)
  })
})

describe('onEvent', () => {
  it('tells the messages, records and steps in their order', async () => {
    const names: string[] = []
    await openScripted(
      {},
      { onEvent: (event) => event.kind === 'message' && names.push(`${event.direction} ${event.name}`) },
    )
    expect(names).toEqual([
      'sent client_hello',
      'received server_hello',
      'received encrypted_extensions',
      'received certificate',
      'received certificate_verify',
      'received finished',
      'sent finished',
    ])
  })

  //= rfc9846#section-6.2 6.2-6
  //= rfc9846#section-6.1 6.1-5
  it('tells the alerts of both directions (6.2)', async () => {
    const alerts: string[] = []
    const onEvent = (event: TlsEvent) => {
      if (event.kind === 'alert') alerts.push(`${event.direction} ${event.level} ${event.name}`)
    }
    const { socket, server } = await openScripted({}, { onEvent })
    await socket.writable.close()
    await server.sendAlert('warning', 'user_canceled')
    await server.sendAlert('fatal', 'internal_error')
    await socket.closed.catch(() => undefined)
    expect(alerts).toEqual([
      'sent warning close_notify',
      'received warning user_canceled',
      'received fatal internal_error',
    ])
  })

  it.each(['onEvent', 'keyLog'])(
    'does not touch the connection when %s throws, and the error is not lost',
    async (name) => {
      const reported: unknown[] = []
      const scope = globalThis as { reportError?: (error: unknown) => void }
      const before = scope.reportError
      scope.reportError = (error) => reported.push(error)
      try {
        const bug = new Error('a bug of the listener')
        const { info } = await openScripted(
          {},
          {
            [name]: () => {
              throw bug
            },
          },
        )
        expect(info.protocol).toBe('TLSv1.3')
        expect(reported).toContain(bug)
      } finally {
        if (before) scope.reportError = before
        else delete scope.reportError
      }
    },
  )

  it('cannot change what was sent through the bytes it is given', async () => {
    const { info } = await openScripted({}, { onEvent: (event) => event.kind === 'message' && event.bytes.fill(0) })
    expect(info.protocol).toBe('TLSv1.3')
  })
})
