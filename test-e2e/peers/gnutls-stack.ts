import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serverName, testPki } from '../support/pki.js'
import { startOnFreePort } from '../support/ports.js'
import { startProcess } from '../support/server-process.js'
import { missingTool } from '../support/tools.js'
import { alertName } from './alert-name.js'
import {
  fromClient,
  fromServer,
  type PeerClientOptions,
  type PeerConnection,
  type PeerOptions,
  type PeerServerOptions,
  type Stack,
} from './stack.js'
import { digitLines, startTool, type ToolProcess, watchTool } from './tool-output.js'

/** Debian's `gnutls-serv`, which echoes, and `gnutls-cli`. */
export const gnutls: Stack = {
  name: 'GnuTLS',
  missing: missingTool('gnutls-serv', 'gnutls-cli', 'openssl'),
  cipherSuites: ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'],
  groups: ['x25519', 'secp256r1', 'secp384r1', 'secp521r1'],
  isEcho: true,
  payload: digitLines,

  async serve(options) {
    const folder = mkdtempSync(join(tmpdir(), 'webtls-peer-'))
    let tool: ToolProcess | undefined
    const { process, port } = await startOnFreePort((port) => {
      tool = watchTool((onLine) =>
        startProcess('gnutls-serv', ['--port', String(port), ...serverArguments(options, folder)], { onLine }),
      )
      return tool.process
    })
    return {
      host: '127.0.0.1',
      port,
      // it prints little, and not in the order of the connections
      connection: () => ({
        handshake: async () => ({}),
        exchange: async () => {},
        end: async () => ({}),
      }),
      async stop() {
        await process.stop()
        rmSync(folder, { recursive: true, force: true })
      },
    }
  },

  dial({ port }, options) {
    const folder = mkdtempSync(join(tmpdir(), 'webtls-peer-'))
    const early = join(folder, 'early')
    if (options.earlyData !== undefined) writeFileSync(early, digitLines(options.earlyData))
    const tool = startTool('gnutls-cli', [
      ...clientArguments(options),
      ...(options.earlyData === undefined ? [] : ['--earlydata', early]),
      ...['--port', String(port), '127.0.0.1'],
    ])
    return {
      // with a session to be resumed the first connection is only there to get it
      connection: (number) => (options.resume && number === 1 ? silent : clientConnection(tool, options)),
      async stop() {
        await tool.process.stop()
        rmSync(folder, { recursive: true, force: true })
      },
    }
  },
}

const silent: PeerConnection = {
  handshake: async () => ({}),
  exchange: async () => {},
  end: async () => ({}),
}

function serverArguments(options: PeerServerOptions, folder: string): readonly string[] {
  const { externalPsk: psk, clientAuth } = options
  const passwords = join(folder, 'psk')
  if (psk) writeFileSync(passwords, `${psk.identity}:${Buffer.from(psk.key).toString('hex')}\n`)
  return [
    '--echo',
    ...options.identities.flatMap(({ chainFile, keyFile }) => ['--x509certfile', chainFile, '--x509keyfile', keyFile]),
    ...(clientAuth === undefined ? ['--disable-client-cert'] : ['--x509cafile', testPki().trustAnchorsFile]),
    ...(clientAuth === 'required' ? ['--require-client-cert', '--verify-client-cert'] : []),
    ...(clientAuth === 'optional' ? ['--verify-client-cert'] : []),
    ...(psk ? ['--pskpasswd', passwords] : []),
    ...(options.earlyData === undefined ? [] : ['--earlydata', '--maxearlydata', String(options.earlyData)]),
    ...sharedArguments(options),
  ]
}

function clientArguments(options: PeerClientOptions): readonly string[] {
  const { identity, externalPsk: psk } = options
  const name = options.serverName ?? serverName
  return [
    ...['--x509cafile', testPki().trustAnchorsFile, '--sni-hostname', name, '--verify-hostname', name],
    ...(identity ? ['--x509certfile', identity.chainFile, '--x509keyfile', identity.keyFile] : []),
    ...(psk ? ['--pskusername', psk.identity, '--pskkey', Buffer.from(psk.key).toString('hex')] : []),
    ...(options.resume ? ['--resume', '--waitresumption'] : []),
    ...(options.keyUpdates ? ['--inline-commands'] : []),
    ...sharedArguments(options),
  ]
}

function sharedArguments(options: PeerOptions): readonly string[] {
  const { groups, externalPsk } = options
  const priority = [
    `NORMAL:-VERS-ALL:+VERS-TLS1.${options.isTls12 ? 2 : 3}`,
    ...(groups ? ['-GROUP-ALL', ...groups.map((name) => `+GROUP-${name.toUpperCase()}`)] : []),
    // an external PSK is for SHA-256
    ...(externalPsk ? ['+ECDHE-PSK', '+PSK', '-CIPHER-ALL', '+AES-128-GCM'] : []),
  ]
  return [
    ...['--priority', priority.join(':')],
    ...(options.alpnProtocols ?? []).flatMap((protocol) => ['--alpn', protocol]),
  ]
}

function clientConnection(tool: ToolProcess, options: PeerClientOptions): PeerConnection {
  return {
    async handshake() {
      const [text] = await tool.next(/Handshake was completed[\s\S]*?Simple Client Mode:\n/)
      return {
        resumed: tool.process.output().includes('This is a resumed session'),
        alpn: /Application protocol: (\S+)/.exec(tool.process.output())?.[1] ?? null,
        ...(text.includes('resumed') ? { resumed: true } : {}),
      }
    },
    async exchange() {
      for (let count = 0; count < (options.keyUpdates ?? 0); count++) {
        // its line is looked at alone
        tool.process.stdin.write(options.requestKeyUpdates ? '^rekey^\n' : '^rekey1^\n')
        await tool.next(/Rekey was completed/)
      }
      tool.process.stdin.write(digitLines(fromClient))
      await tool.nextBytes(digitLines(fromServer))
      // it says close_notify when its input ends
      tool.process.stdin.end()
    },
    async end() {
      await tool.process.exited
      const alert = /alert \[(\d+)\]/.exec(tool.process.output())?.[1]
      return alert === undefined ? { isClean: true } : { isClean: false, alert: alertName(Number(alert)) }
    },
  }
}
