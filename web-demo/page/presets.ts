import type { DemoConfig } from '../server/demo-config.js'
import type { FormValues } from './form-values.js'

/** A button that fills in the form and connects. */
export interface Preset {
  readonly id: string
  readonly label: string
  /** What will be seen. */
  readonly hint: string
  readonly isFailure: boolean
  readonly values: (config: DemoConfig) => Partial<FormValues>
}

/** All begin from the form's defaults. */
export const presets: readonly Preset[] = [
  { id: 'page', label: 'A page', hint: 'GET /, a small page', isFailure: false, values: () => ({}) },
  {
    id: 'download',
    label: '50 MB download',
    hint: 'its hash is checked on the way',
    isFailure: false,
    values: () => ({ path: '/download?mb=50' }),
  },
  {
    id: 'upload',
    label: '8 MB upload',
    hint: 'the server says what it received',
    isFailure: false,
    values: () => ({ method: 'POST', path: '/echo', bodyKind: 'generated', bodyMegabytes: 8 }),
  },
  {
    id: 'stream',
    label: 'A stream',
    hint: 'a line every quarter of a second',
    isFailure: false,
    values: () => ({ path: '/stream' }),
  },
  {
    id: 'retry',
    label: 'HelloRetryRequest',
    hint: 'the ClientHello has no key share, so the server asks for one',
    isFailure: false,
    values: () => ({ withoutKeyShare: true }),
  },
  {
    id: 'wrong-name',
    label: 'Wrong name',
    hint: 'a server whose certificate is for another name',
    isFailure: true,
    values: (config) => ({ host: config.wrongName }),
  },
  {
    id: 'untrusted',
    label: 'Unknown CA',
    hint: 'trust another CA than the server’s',
    isFailure: true,
    values: (config) => ({ trust: 'pem', pem: config.unrelatedPem }),
  },
  {
    id: 'expired',
    label: 'Expired',
    hint: 'a certificate past its last day',
    isFailure: true,
    values: (config) => ({ host: config.expiredName }),
  },
  {
    id: 'tampered',
    label: 'Changed on the way',
    hint: 'a hop behind the relay flips one bit of the download',
    isFailure: true,
    values: (config) => ({ port: config.tamperedPort, path: '/download?mb=1' }),
  },
  {
    id: 'cut',
    label: 'Server dies',
    hint: 'the connection ends in the middle of a download',
    isFailure: true,
    values: () => ({ path: '/dies' }),
  },
  {
    id: 'alpn',
    label: 'No common protocol',
    hint: 'offer HTTP/2 alone to a server that has only HTTP/1.1',
    isFailure: true,
    values: () => ({ alpn: 'h2' }),
  },
  {
    id: 'refused',
    label: 'Relay refuses',
    hint: 'a private address that the relay does not allow',
    isFailure: true,
    values: (config) => ({ host: config.refusedTarget.host, port: config.refusedTarget.port }),
  },
]
