import { realpath, stat } from 'node:fs/promises'
import { listen } from '../../node/listen.js'
import type { AcceptedTlsSocket } from '../../node/listen-options.js'
import type { TlsListener } from '../../node/tls-listener.js'
import type { Arguments } from '../arguments.js'
import type { Command } from '../command.js'
import { exitCodes } from '../exit-codes.js'
import { serveFiles } from '../http/serve-files.js'
import type { CliIo } from '../io.js'
import { UsageError } from '../usage-error.js'
import { serveLog } from './log-style.js'
import type { ServeLog } from './serve-log.js'
import { serveAbout, serveExamples, serveOptions } from './serve-options.js'
import { serveConfig } from './server-config.js'

export const serveCommand: Command = {
  name: 'serve',
  summary: 'a TLS server: echo, or the files of a folder over HTTP/1.1',
  usage: 'webtls serve [options]',
  about: serveAbout,
  options: serveOptions,
  examples: serveExamples,
  run: serve,
}

type Service = (socket: AcceptedTlsSocket) => Promise<void>

async function serve(args: Arguments, io: CliIo): Promise<number> {
  if (args.positionals.length > 0) throw new UsageError(`serve takes options only, not "${args.positionals[0]}"`)
  const log = serveLog(args, io)
  const service = await chosenService(args, log)
  const limits = limitsFrom(args)
  const port = args.integer('port', { max: 65_535 }) ?? 8443
  const host = args.string('host') ?? '127.0.0.1'
  const graceMs = args.milliseconds('grace') ?? 5000
  const { tls, madeCa } = await serveConfig(args, io)
  const listener = await listen({ port, host }, tls, {
    limits,
    onError: (error, from) => log.failed(from, error),
  })
  const caLines = madeCa === undefined || args.has('ca-out') ? [] : ['clients must trust this CA:', madeCa.trimEnd()]
  log.listening(urlOf(listener), { ca: madeCa }, caLines)
  let interrupts = 0
  const unlisten = io.onInterrupt(() => {
    interrupts += 1
    void listener.close({ graceMs: interrupts > 1 ? 0 : graceMs })
  })
  try {
    for await (const socket of listener) void attend(socket, service, log)
    await listener.close({ graceMs })
  } finally {
    unlisten()
  }
  return exitCodes.ok
}

async function attend(socket: AcceptedTlsSocket, service: Service, log: ServeLog): Promise<void> {
  try {
    log.opened(socket, await socket.opened)
    await service(socket)
    await socket.close()
    await socket.closed
    log.closed(socket)
  } catch (error) {
    void socket.close(error)
    await log.failed(socket, error)
  }
}

async function chosenService(args: Arguments, log: ServeLog): Promise<Service> {
  const folder = args.string('files')
  if (folder === undefined) return echo
  if (args.flag('echo')) throw new UsageError('--echo or --files: one of them')
  const isFolder = await stat(folder).then(
    (stats) => stats.isDirectory(),
    () => false,
  )
  if (!isFolder) throw new UsageError(`--files ${folder}: there is no such folder`)
  const root = await realpath(folder)
  const requestTimeoutMs = args.milliseconds('request-timeout') ?? 30_000
  return (socket) =>
    serveFiles(socket, {
      root,
      requestTimeoutMs,
      onRequest: (request) => log.request(socket, request),
    })
}

async function echo(socket: AcceptedTlsSocket): Promise<void> {
  const writer = socket.writable.getWriter()
  for await (const chunk of incoming(socket)) {
    await writer.ready
    // its failure is that of the connection and is met at the next `ready`
    writer.write(chunk).catch(() => undefined)
  }
  await writer.close()
}

/** 0-RTT data first. An echo can be asked twice for the same without harm. */
async function* incoming({ earlyData, readable }: AcceptedTlsSocket): AsyncGenerator<Uint8Array> {
  yield* earlyData
  yield* readable
}

function limitsFrom(args: Arguments) {
  const connections = args.integer('max-connections', { min: 1, max: 1_000_000 })
  const handshakes = args.integer('max-handshakes', { min: 1, max: 100_000 })
  const handshakeTimeoutMs = args.milliseconds('handshake-timeout')
  return {
    ...(connections && { connections }),
    ...(handshakes && { handshakes }),
    ...(handshakeTimeoutMs && { handshakeTimeoutMs: Math.ceil(handshakeTimeoutMs) }),
  }
}

function urlOf({ address }: TlsListener): string {
  if (!address || 'path' in address) return address?.path ?? ''
  return `https://${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}/`
}
