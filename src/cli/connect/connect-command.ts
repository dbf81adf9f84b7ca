import { TlsClientConfig } from '../../connection/client-config.js'
import { connectTls } from '../../connection/connect-tls.js'
import type { TlsSocket, TlsSocketInfo } from '../../connection/tls-socket.js'
import type { TlsEvent } from '../../index.js'
import { ConnectionCapture } from '../../inspect/connection-capture.js'
import { dial } from '../../node/dial.js'
import type { Arguments } from '../arguments.js'
import type { Command } from '../command.js'
import { exitCodeOf, exitCodes } from '../exit-codes.js'
import { failureJson, failureLines } from '../failure.js'
import { readBytes } from '../files.js'
import { type CliIo, say, sayJson } from '../io.js'
import { notice } from '../notice.js'
import { transferProgress } from '../progress.js'
import { startTls, startTlsPorts, startTlsProtocols } from '../starttls/start-tls.js'
import { UsageError } from '../usage-error.js'
import { CaptureFile } from './capture-file.js'
import { clientOptions } from './client-options.js'
import { connectAbout, connectExamples, connectOptions } from './connect-options.js'
import { type OpeningDeadline, openingDeadline } from './deadline.js'
import { PeerChain } from './peer-chain.js'
import { sendInput, writeOutput } from './pipe-data.js'
import { reportJson, reportLines } from './report.js'
import { FileSessionStore } from './session-file.js'
import { parseConnectTarget } from './target.js'
import { traceLine } from './trace.js'

export const connectCommand: Command = {
  name: 'connect',
  summary: 'a TLS client: show how a server answers, and pipe data to it',
  usage: 'webtls connect HOST[:PORT] [options]',
  about: connectAbout,
  options: connectOptions,
  examples: connectExamples,
  run: connect,
}

async function connect(args: Arguments, io: CliIo): Promise<number> {
  const protocol = args.oneOf('starttls', startTlsProtocols)
  const [where, ...others] = args.positionals
  if (where === undefined || others.length > 0) throw new UsageError('connect takes one target: HOST or HOST:PORT')
  const target = parseConnectTarget(where, protocol ? startTlsPorts[protocol] : 443)
  const sessions = await sessionStore(args)
  const serverName = args.string('servername') ?? target.host
  const pcap = args.string('pcap')
  const capture = pcap === undefined ? undefined : new ConnectionCapture({ role: 'client', serverName })
  const config = await TlsClientConfig.create(await clientOptions(args, target.host, sessions, io, capture))
  const earlyFile = args.string('early-data')
  const earlyData = earlyFile === undefined ? undefined : await readBytes(earlyFile, 'early-data')
  const timeoutMs = args.milliseconds('timeout') ?? 15_000
  const file = pcap && capture && (await CaptureFile.create(pcap, capture))
  const deadline = openingDeadline(io, timeoutMs)
  const chain = new PeerChain()
  try {
    const { signal } = deadline
    const tcp = await dial({ ...target, signal, timeoutMs })
    const transport = protocol ? await startTls(tcp, protocol, signal) : tcp
    const onEvent = eventListener(args, io, chain)
    const tls = connectTls(capture?.tap(transport) ?? transport, config, {
      signal,
      onEvent,
      ...(earlyData && { earlyData }),
    })
    const info = await tls.opened
    deadline.opened(() => {
      io.stdin.destroy()
      void tls.close()
    })
    await report(args, io, info)
    if (sessions?.hasMissed) {
      notice(args, io, 'no ticket of --session-in was used: it is for another name, CA, ALPN or policy, or too old')
    }
    const missed = info.earlyData === 'accepted' ? undefined : earlyData
    if (missed) {
      const next = args.flag('check') ? 'it is not sent again' : 'it is sent after the handshake, protected from replay'
      notice(args, io, `the early data was not taken: the session does not allow it, or the server; ${next}`)
    }
    if (args.flag('check')) await endCheck(tls, args.has('session-out') ? sessions : undefined)
    else await pipe(tls, args, io, missed)
    await sessions?.save()
    return deadline.wasInterrupted ? exitCodes.interrupted : exitCodes.ok
  } catch (thrown) {
    await sessions?.save()
    return await fail(args, io, deadline, chain, thrown)
  } finally {
    deadline.end()
    const said = file && (await file.save())
    if (said) notice(args, io, said)
  }
}

async function sessionStore(args: Arguments): Promise<FileSessionStore | undefined> {
  const [inFile, outFile] = [args.string('session-in'), args.string('session-out')]
  if (args.has('early-data') && inFile === undefined) {
    throw new UsageError('--early-data needs --session-in: 0-RTT is for servers that are known from a session')
  }
  if (inFile === undefined && outFile === undefined) return undefined
  if (args.has('psk')) throw new UsageError('--psk and sessions do not go together: one proof of the server is enough')
  return await FileSessionStore.open(inFile, outFile)
}

function eventListener(args: Arguments, io: CliIo, chain: PeerChain): (event: TlsEvent) => void {
  const traces = args.flag('trace')
  return (event) => {
    chain.onEvent(event)
    if (!traces) return
    const line = args.flag('json') ? undefined : traceLine(event)
    if (line !== undefined) say(io, line)
    else if (args.flag('json') && event.kind !== 'crypto') {
      sayJson(io.stderr, { event: 'trace', ...event, ...('bytes' in event && { bytes: event.bytes.length }) })
    }
  }
}

async function report(args: Arguments, io: CliIo, info: TlsSocketInfo): Promise<void> {
  if (args.flag('quiet')) return
  // with --check there is no other data
  const stream = args.flag('check') ? io.stdout : io.stderr
  if (args.flag('json')) sayJson(stream, await reportJson(info))
  else for (const line of await reportLines(info, { pem: args.flag('pem') })) stream.write(`${line}\n`)
}

/** Tickets come after the handshake: who wants them waits a moment. */
async function endCheck(tls: TlsSocket, sessions: FileSessionStore | undefined): Promise<void> {
  if (sessions) {
    const moment = new Promise<void>((resolve) => setTimeout(resolve, ticketWaitMs).unref())
    await Promise.race([sessions.firstReceived, tls.closed.catch(() => undefined), moment])
  }
  // it is over: whether the server says goodbye as well, or cuts, is all the same
  await Promise.race([tls.close(), new Promise<void>((resolve) => setTimeout(resolve, farewellMs).unref())])
}

async function pipe(tls: TlsSocket, args: Arguments, io: CliIo, first: Uint8Array | undefined): Promise<void> {
  const progress = transferProgress(io, !args.flag('quiet'))
  try {
    if (first) {
      const writer = tls.writable.getWriter()
      await writer.write(Uint8Array.from(first))
      writer.releaseLock()
    }
    const sending = sendInput(io.stdin, tls, progress, { closesAtEnd: !args.flag('ignore-eof') })
    // a failure of the connection is met while reading; one of standard input ends our direction
    sending.catch(() => tls.close())
    await writeOutput(tls, io.stdout, progress)
    io.stdin.destroy()
    await tls.close()
    await tls.closed
  } finally {
    progress.end()
  }
}

async function fail(args: Arguments, io: CliIo, deadline: OpeningDeadline, chain: PeerChain, thrown: unknown) {
  io.stdin.destroy()
  const error = deadline.explain(thrown)
  if (args.flag('json'))
    sayJson(args.flag('check') ? io.stdout : io.stderr, await failureJson(error, chain.certificates))
  else if (!deadline.wasInterrupted) say(io, ...(await failureLines(error, chain.certificates)))
  return deadline.wasInterrupted ? exitCodes.interrupted : exitCodeOf(error)
}

const ticketWaitMs = 1500
const farewellMs = 1000
