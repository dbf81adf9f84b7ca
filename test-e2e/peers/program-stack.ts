import { patternBytes, sha256Hex } from '../client/pattern-bytes.js'
import { serverName, testPki } from '../support/pki.js'
import { alertName } from './alert-name.js'
import type { ProgramOptions } from './program-options.js'
import { type RunningProgram, startProgramClient, startProgramServer } from './program-peer.js'
import { buildProgram, type ProgramName } from './programs.js'
import { fromClient, fromServer, type PeerConnection, type PeerOptions, type Stack, type StackName } from './stack.js'

export interface ProgramStackOptions {
  readonly name: StackName
  readonly program: ProgramName
  readonly cipherSuites: readonly string[]
  readonly groups: readonly string[]
  /** For what the stack takes otherwise. */
  readonly translate?: (options: ProgramOptions) => ProgramOptions
}

/** A stack that is driven through a program of ours. */
export function programStack({ name, program, translate = (options) => options, ...has }: ProgramStackOptions): Stack {
  return {
    name,
    ...has,
    missing: missingProgram(program),
    isEcho: false,
    payload: patternBytes,
    async serve({ identities, clientAuth, ...options }) {
      const server = await startProgramServer(program, {
        ...translate(sharedOptions(options)),
        ...(options.externalPsk === undefined ? { identities } : {}),
        ...(clientAuth === undefined ? {} : { clientAuth, trustFile: testPki().trustAnchorsFile }),
        send: fromServer,
        receive: fromClient,
      })
      return {
        host: server.host,
        port: server.port,
        connection: (number) => connectionOf(server, number, fromClient),
        stop: () => server.stop(),
      }
    },
    dial(server, { identity, resume, ...options }) {
      const client = startProgramClient(program, server, {
        ...translate(sharedOptions(options)),
        ...(identity === undefined ? {} : { identities: [identity] }),
        ...(resume ? { resume, connections: 2 } : {}),
        trustFile: testPki().trustAnchorsFile,
        serverName: options.serverName ?? serverName,
        send: fromClient,
        receive: fromServer,
      })
      return { connection: (number) => connectionOf(client, number, fromServer), stop: () => client.stop() }
    },
  }
}

function sharedOptions(options: PeerOptions): ProgramOptions {
  const { groups, alpnProtocols, isTls12, earlyData, externalPsk, smallRecords, bufferedSends } = options
  if (options.padding || options.requestKeyUpdates) throw new Error('no program can do that')
  return {
    ...(groups && { groups }),
    ...(alpnProtocols && { alpnProtocols }),
    ...(isTls12 && { isTls12 }),
    ...(earlyData && { earlyData }),
    ...(externalPsk && { externalPsks: [externalPsk] }),
    ...(smallRecords && { records: 'small' }),
    ...(bufferedSends && { bufferedSends, writeSize: 1000 }),
    ...(options.keyUpdates && { keyUpdates: options.keyUpdates }),
  }
}

function connectionOf(program: RunningProgram, number: number, receives: number): PeerConnection {
  return {
    handshake: () => program.event('handshake', number),
    async exchange() {
      const { bytes, sha256 } = await program.event('received', number)
      if (bytes !== receives || sha256 !== (await sha256Hex(patternBytes(receives)))) {
        throw new Error(`the peer received ${bytes} of ${receives} bytes, or not ours`)
      }
    },
    async end() {
      const end = await program.end(number)
      if (end.event === 'closed') return { isClean: end.clean }
      return { isClean: false, ...(end.alert === null ? {} : { alert: alertName(end.alert) }) }
    },
  }
}

function missingProgram(name: ProgramName): string | false {
  const { reason } = buildProgram(name)
  if (reason === undefined) return false
  if (process.env.CI) throw new Error(`the peer ${name}: ${reason}`)
  console.warn(`the peer ${name} is skipped: ${reason}`)
  return reason
}
