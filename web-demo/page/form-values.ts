import type { DemoConfig } from '../server/demo-config.js'

export type BodyKind = 'text' | 'generated' | 'file'

/** What the form says. All but secrets and pasted certificates is kept in the page's address. */
export interface FormValues {
  readonly host: string
  readonly port: number
  readonly method: string
  readonly path: string
  readonly relay: string
  /** The name that the certificate must be for, when it is not the host. */
  readonly serverName: string
  readonly alpn: string
  readonly trust: 'demo' | 'pem'
  readonly pem: string
  readonly cipherSuite: string
  readonly group: string
  /** The ClientHello comes without a key share, so that the server asks for one: HelloRetryRequest. */
  readonly withoutKeyShare: boolean
  readonly bodyKind: BodyKind
  readonly bodyText: string
  readonly bodyMegabytes: number
}

export const methods: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS']

/** What stands in the form before anyone touches it; without a config, as on a static page, nothing is known. */
export function defaultValues(config: DemoConfig | undefined): FormValues {
  return {
    host: config?.target.host ?? '',
    port: config?.target.port ?? 443,
    method: 'GET',
    path: '/',
    relay: config?.relayUrl ?? '',
    serverName: '',
    alpn: 'http/1.1',
    trust: config === undefined ? 'pem' : 'demo',
    pem: '',
    cipherSuite: '',
    group: '',
    withoutKeyShare: false,
    bodyKind: 'text',
    bodyText: 'A message that only the server can read.',
    bodyMegabytes: 8,
  }
}

/** The fragment for these values: only what differs from the defaults, and never a certificate. */
export function toFragment(values: FormValues, defaults: FormValues): string {
  const parameters = new URLSearchParams()
  for (const key of linkedKeys) {
    if (values[key] !== defaults[key]) parameters.set(key, String(values[key]))
  }
  return parameters.toString()
}

/** The defaults with what a fragment says; what it says wrongly is left out. */
export function fromFragment(fragment: string, defaults: FormValues): FormValues {
  const parameters = new URLSearchParams(fragment.replace(/^#/, ''))
  const values: Record<string, string | number | boolean> = {}
  for (const key of linkedKeys) {
    const text = parameters.get(key)
    if (text === null || text.length > maxLength) continue
    const value = readValue(key, text, defaults)
    if (value !== undefined) values[key] = value
  }
  return { ...defaults, ...values }
}

function readValue(key: (typeof linkedKeys)[number], text: string, defaults: FormValues) {
  switch (key) {
    case 'port':
      return numberWithin(text, 1, 65535)
    case 'bodyMegabytes':
      return numberWithin(text, 0, 1000)
    case 'withoutKeyShare':
      return text === 'true'
    case 'method':
      return methods.includes(text) ? text : undefined
    case 'trust':
      return text === 'pem' || (text === 'demo' && defaults.trust === 'demo') ? text : undefined
    case 'bodyKind':
      return text === 'text' || text === 'generated' || text === 'file' ? text : undefined
    default:
      return text
  }
}

function numberWithin(text: string, least: number, most: number): number | undefined {
  const value = Number(text)
  return Number.isInteger(value) && value >= least && value <= most ? value : undefined
}

const maxLength = 2048

const linkedKeys = [
  'host',
  'port',
  'method',
  'path',
  'relay',
  'serverName',
  'alpn',
  'trust',
  'cipherSuite',
  'group',
  'withoutKeyShare',
  'bodyKind',
  'bodyText',
  'bodyMegabytes',
] as const satisfies readonly (keyof FormValues)[]
