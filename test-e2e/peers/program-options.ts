import type { Credentials } from '../support/pki.js'

/** What a program is asked to do; README.md has what each means. What its stack cannot do it refuses. */
export interface ProgramOptions {
  readonly identities?: readonly Pick<Credentials, 'chainFile' | 'keyFile'>[]
  readonly trustFile?: string
  readonly alpnProtocols?: readonly string[]
  /** s2n: the name of a security policy. */
  readonly policy?: string
  readonly cipherSuites?: readonly string[]
  readonly groups?: readonly string[]
  readonly isTls12?: boolean
  readonly earlyData?: number
  readonly externalPsks?: readonly { readonly identity: string; readonly key: Uint8Array }[]
  readonly records?: 'small' | 'large'
  readonly bufferedSends?: boolean
  readonly send?: number
  readonly receive?: number
  readonly writeSize?: number
  readonly keyUpdates?: number
  readonly timeoutMilliseconds?: number
}

export interface ProgramServerOptions extends ProgramOptions {
  readonly clientAuth?: 'none' | 'optional' | 'required'
}

export interface ProgramClientOptions extends ProgramOptions {
  readonly serverName?: string
  readonly resume?: boolean
  readonly connections?: number
  readonly portsFromStdin?: boolean
}

export function programArguments(options: ProgramServerOptions & ProgramClientOptions): readonly string[] {
  const value = (flag: string, given: string | number | undefined) => (given === undefined ? [] : [flag, String(given)])
  const flag = (name: string, isSet: boolean | undefined) => (isSet ? [name] : [])
  return [
    ...(options.identities ?? []).flatMap(({ chainFile, keyFile }) => ['--certificate', chainFile, '--key', keyFile]),
    ...(options.externalPsks ?? []).flatMap(({ identity, key }) => [
      '--psk',
      `${identity}:${Buffer.from(key).toString('hex')}`,
    ]),
    ...value('--trust', options.trustFile),
    ...value('--alpn', options.alpnProtocols?.join(',')),
    ...value('--policy', options.policy),
    ...value('--suites', options.cipherSuites?.join(',')),
    ...value('--groups', options.groups?.join(',')),
    ...value('--early-data', options.earlyData),
    ...value('--records', options.records),
    ...value('--send', options.send),
    ...value('--receive', options.receive),
    ...value('--write-size', options.writeSize),
    ...value('--key-updates', options.keyUpdates),
    ...value('--timeout-ms', options.timeoutMilliseconds),
    ...value('--client-auth', options.clientAuth),
    ...value('--server-name', options.serverName),
    ...value('--connections', options.connections),
    ...flag('--tls12', options.isTls12),
    ...flag('--buffered-sends', options.bufferedSends),
    ...flag('--resume', options.resume),
    ...flag('--ports-from-stdin', options.portsFromStdin),
  ]
}
