import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { serverName, testPki } from '../support/pki.js'
import { missingTool } from '../support/tools.js'
import { alertName } from './alert-name.js'
import type { ProgramHandshake } from './program-peer.js'
import {
  fromClient,
  fromServer,
  type PeerClientOptions,
  type PeerConnection,
  type PeerOptions,
  type PeerServerOptions,
  type Stack,
} from './stack.js'
import { digitLines, startTool, type ToolProcess } from './tool-output.js'

/** Debian's `openssl s_server` and `s_client`. */
export const openssl: Stack = {
  name: 'OpenSSL',
  missing: missingTool('openssl'),
  cipherSuites: ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'],
  groups: ['x25519', 'secp256r1', 'secp384r1', 'secp521r1'],
  isEcho: false,
  payload: digitLines,

  async serve(options) {
    const tool = startTool('openssl', ['s_server', '-accept', '127.0.0.1:0', ...serverArguments(options)])
    try {
      const [, port] = await tool.next(/ACCEPT [^\n]*:(\d+)/)
      return {
        host: '127.0.0.1',
        port: Number(port),
        connection: () => serverConnection(tool, options),
        stop: () => tool.process.stop(),
      }
    } catch (error) {
      await tool.process.stop()
      throw error
    }
  },

  dial({ port }, options) {
    const folder = mkdtempSync(join(tmpdir(), 'webtls-peer-'))
    const session = join(folder, 'session.pem')
    const running: ToolProcess[] = []
    const start = (...more: readonly string[]) => {
      const tool = startTool('openssl', [
        's_client',
        '-connect',
        `127.0.0.1:${port}`,
        ...clientArguments(options),
        ...more,
      ])
      running.push(tool)
      return clientConnection(tool, options)
    }
    const first = start(...(options.resume ? ['-sess_out', session] : []))
    const second = () => {
      const early = join(folder, 'early')
      writeFileSync(early, digitLines(options.earlyData ?? 0))
      return start('-sess_in', session, ...(options.earlyData === undefined ? [] : ['-early_data', early]))
    }
    return {
      connection: (number) => (number === 1 ? first : lazily(second)),
      async stop() {
        for (const { process } of running) await process.stop()
        rmSync(folder, { recursive: true, force: true })
      },
    }
  },
}

function serverArguments(options: PeerServerOptions): readonly string[] {
  const [first, second] = options.identities
  if (first === undefined) throw new Error('a server has an identity')
  const identity = ['-cert', first.leafFile, '-key', first.keyFile, '-cert_chain', first.intermediateFile]
  // the second one only for its name; its chain is that of the first
  const other = second ? ['-cert2', second.leafFile, '-key2', second.keyFile, '-servername', 'other.test'] : []
  return [
    ...(options.externalPsk === undefined ? [...identity, ...other] : ['-nocert']),
    ...(options.clientAuth === undefined ? [] : [options.clientAuth === 'required' ? '-Verify' : '-verify', '3']),
    ...(options.clientAuth === undefined ? [] : ['-CAfile', testPki().trustAnchorsFile, '-verify_return_error']),
    ...(options.earlyData === undefined ? [] : ['-early_data', '-max_early_data', String(options.earlyData)]),
    ...sharedArguments(options),
  ]
}

function clientArguments(options: PeerClientOptions): readonly string[] {
  const { identity } = options
  const name = options.serverName ?? serverName
  return [
    ...['-servername', name, '-verify_hostname', name, '-verify_return_error'],
    ...['-CAfile', testPki().trustAnchorsFile],
    ...(identity
      ? ['-cert', identity.leafFile, '-key', identity.keyFile, '-cert_chain', identity.intermediateFile]
      : []),
    ...sharedArguments(options),
  ]
}

function sharedArguments(options: PeerOptions): readonly string[] {
  const { externalPsk: psk } = options
  const pskArguments = psk && ['-psk', Buffer.from(psk.key).toString('hex'), '-psk_identity', psk.identity]
  return [
    options.isTls12 ? '-tls1_2' : '-tls1_3',
    // an external PSK is for SHA-256
    ...(pskArguments ? [...pskArguments, '-ciphersuites', 'TLS_AES_128_GCM_SHA256'] : []),
    ...(options.groups ? ['-groups', options.groups.map((name) => groupNames[name] ?? name).join(':')] : []),
    ...(options.alpnProtocols ? ['-alpn', options.alpnProtocols.join(',')] : []),
    ...(options.smallRecords ? ['-max_send_frag', '512'] : []),
    ...(options.padding ? ['-record_padding', '1024'] : []),
  ]
}

function serverConnection(tool: ToolProcess, options: PeerServerOptions): PeerConnection {
  return {
    async handshake() {
      const [all, suite] = await tool.next(
        /Supported groups:[\s\S]*?CIPHER is (\S+)\n(?:Reused session-id\n)?(?=Secure)/,
      )
      return { version: 'TLSv1.3', cipherSuite: suite ?? null, resumed: all.includes('Reused') }
    },
    async exchange() {
      await tool.nextBytes(digitLines(fromClient))
      await sendWithKeyUpdates(tool, options, digitLines(fromServer))
    },
    async end() {
      await tool.next(/DONE|ERROR/)
      return alertIn(tool.process.output())
    },
  }
}

function clientConnection(tool: ToolProcess, options: PeerClientOptions): PeerConnection {
  return {
    async handshake(): Promise<Partial<ProgramHandshake>> {
      const [text, kind, suite] = await tool.next(
        /(New|Reused), TLSv1\.3, Cipher is (\S+)[\s\S]*?Verify return code: 0/,
      )
      const alpn = /ALPN protocol: (\S+)/.exec(text)?.[1] ?? null
      const earlyData = /Early data was (accepted|rejected)/.exec(text)?.[1] as 'accepted' | 'rejected' | undefined
      return {
        version: 'TLSv1.3',
        cipherSuite: suite ?? null,
        resumed: kind === 'Reused',
        alpn,
        earlyData: earlyData ?? 'none',
      }
    },
    async exchange() {
      await sendWithKeyUpdates(tool, options, digitLines(fromClient))
      await tool.nextBytes(digitLines(fromServer))
      // it says close_notify when its input ends
      tool.process.stdin.end()
    },
    async end() {
      await tool.process.exited
      return alertIn(tool.process.output())
    },
  }
}

/** A command is a line that is read alone; what is read together with it is lost. */
async function sendWithKeyUpdates(tool: ToolProcess, options: PeerOptions, bytes: Uint8Array): Promise<void> {
  for (let count = 0; count < (options.keyUpdates ?? 0); count++) {
    await sleep(commandMilliseconds)
    tool.process.stdin.write(options.requestKeyUpdates ? 'K\n' : 'k\n')
    await sleep(commandMilliseconds)
  }
  tool.process.stdin.write(bytes)
}

function alertIn(text: string): { readonly isClean: boolean; readonly alert?: string } {
  const alert = /SSL alert number (\d+)/.exec(text)?.[1]
  return alert === undefined ? { isClean: true } : { isClean: false, alert: alertName(Number(alert)) }
}

/** For a connection that is to be started when it is asked for. */
function lazily(start: () => PeerConnection): PeerConnection {
  let started: PeerConnection | undefined
  const connection = () => {
    started ??= start()
    return started
  }
  return {
    handshake: () => connection().handshake(),
    exchange: () => connection().exchange(),
    end: () => connection().end(),
  }
}

const groupNames: Readonly<Record<string, string>> = {
  x25519: 'X25519',
  secp256r1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
}

const commandMilliseconds = 60
