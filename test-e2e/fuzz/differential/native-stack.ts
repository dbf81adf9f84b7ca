import { execFileSync } from 'node:child_process'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findCommand } from '../../../scripts/install/find-command.js'
import { socketStream } from '../../../src/transports/node-socket.js'
import { type ServerProcess, startProcess } from '../../support/server-process.js'
import type { Stack, StackConnection } from './stack.js'

/** Files in PEM. */
export interface CredentialFiles {
  readonly ca: string
  readonly server: { readonly cert: string; readonly key: string }
  readonly client: { readonly cert: string; readonly key: string }
}

export const nativeStackNames = ['openssl', 's2n', 'go', 'rustls'] as const
export type NativeStackName = (typeof nativeStackNames)[number]

/** Builds the program of a stack, if need be. @returns its command, or why there is none */
export function buildStack(name: NativeStackName): readonly string[] | { readonly missing: string } {
  if (name === 'openssl') return [process.execPath, here('../stacks/openssl.mjs')]
  const tool = name === 'go' ? 'go' : 'cargo'
  if (findCommand(tool) === undefined) return { missing: `${tool} is not installed` }
  try {
    if (name === 'go') {
      const output = join(cache, 'fuzz-stack-go')
      execFileSync('go', ['build', '-o', output, '.'], { cwd: here('../stacks/go'), stdio: 'pipe' })
      return [output]
    }
    const target = join(cache, 'fuzz-stacks')
    execFileSync('cargo', ['build', '--release', '--locked', '--bin', name], {
      cwd: here('../stacks'),
      env: { ...process.env, CARGO_TARGET_DIR: target },
      stdio: 'pipe',
    })
    return [join(target, 'release', name)]
  } catch (error) {
    const { stderr } = error as { stderr?: Buffer }
    return {
      missing: `its program could not be built: ${stderr?.toString().trim().split('\n').at(-1) ?? String(error)}`,
    }
  }
}

/** Another stack, as a program that stays and takes many connections. */
export async function nativeStack(
  name: NativeStackName,
  [command = '', ...args]: readonly string[],
  files: CredentialFiles,
): Promise<Stack> {
  const start = (role: 'server' | 'client', options: readonly string[]) => {
    const { cert, key } = files[role]
    return startProcess(command, [...args, role, '--ca', files.ca, '--cert', cert, '--key', key, ...options])
  }
  const servers = { plain: start('server', []), 'client-auth': start('server', ['--client-auth', 'yes']) }
  const client = start('client', [])
  const ports = {
    plain: await portOf(servers.plain),
    'client-auth': await portOf(servers['client-auth']),
  }
  const listeners = new ListenerPool()
  return {
    name,
    async dialServer(flow) {
      const kind = flow === 'client-auth' ? 'client-auth' : 'plain'
      const socket = connect({ host: '127.0.0.1', port: ports[kind], allowHalfOpen: true, noDelay: true })
      await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
      const port = socket.localPort ?? 0
      const finish = ending(servers[kind], port, socket)
      return { transport: socketStream(socket), finish }
    },
    async acceptClient() {
      const listener = await listeners.take()
      client.stdin.write(`${listener.port}\n`)
      const socket = await listener.connection()
      const finish = ending(client, listener.port, socket)
      return {
        transport: socketStream(socket),
        finish: async () => {
          const report = await finish()
          listeners.giveBack(listener)
          return report
        },
      }
    },
    async stop() {
      listeners.stop()
      await Promise.all([servers.plain.stop(), servers['client-auth'].stop(), client.stop()])
    },
  }
}

async function portOf(server: ServerProcess): Promise<number> {
  return Number((await server.waitForOutput(/PORT (\d+)\n/))[1])
}

function ending(program: ServerProcess, port: number, socket: Socket): StackConnection['finish'] {
  return async () => {
    socket.destroy()
    const prefix = `PORT ${port}: `
    return {
      note: () => {
        const line = program
          .output()
          .split('\n')
          .findLast((each) => each.startsWith(prefix))
        return line?.slice(prefix.length) ?? ''
      },
    }
  }
}

interface Listener {
  readonly port: number
  connection(): Promise<Socket>
  readonly server: Server
}

/** Ports that clients connect to, each for one connection at a time. */
class ListenerPool {
  readonly #free: Listener[] = []
  readonly #all: Listener[] = []

  async take(): Promise<Listener> {
    const free = this.#free.pop()
    if (free) return free
    const waiting: ((socket: Socket) => void)[] = []
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      socket.on('error', () => undefined)
      waiting.shift()?.(socket)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const listener = { port, server, connection: () => new Promise<Socket>((resolve) => waiting.push(resolve)) }
    this.#all.push(listener)
    return listener
  }

  giveBack(listener: Listener): void {
    this.#free.push(listener)
  }

  stop(): void {
    for (const { server } of this.#all) server.close()
  }
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const cache = here('../../../node_modules/.cache')
