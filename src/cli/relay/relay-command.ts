import { pino } from 'pino'
import { transportFailed } from '../../node/socket-errors.js'
import { namesWithoutAddress } from '../../relay/allow-list.js'
import { createRelay, type Relay, type RelayListenOptions } from '../../relay/create-relay.js'
import type { RelayOptions } from '../../relay/options.js'
import type { Arguments } from '../arguments.js'
import type { Command } from '../command.js'
import { exitCodes } from '../exit-codes.js'
import { readText } from '../files.js'
import { type CliIo, say } from '../io.js'
import { UsageError } from '../usage-error.js'
import { mergeRelayOptions } from './merge-options.js'
import { type RelayConfig, readRelayConfig } from './relay-config.js'
import { relayAbout, relayExamples, relayOptions } from './relay-options.js'
import { listenReverse } from './reverse-options.js'

export const relayCommand: Command = {
  name: 'relay',
  summary: 'the WebSocket-to-TCP relay that lets pages reach TCP servers',
  usage: 'webtls relay --allow HOST:PORT --origin ORIGIN [options]',
  about: relayAbout,
  options: relayOptions,
  examples: relayExamples,
  run: relay,
}

async function relay(args: Arguments, io: CliIo): Promise<number> {
  if (args.positionals.length > 0) throw new UsageError(`relay takes options only, not "${args.positionals[0]}"`)
  const file = args.string('config')
  const config = await mergeRelayOptions(file === undefined ? {} : await readRelayConfig(file), args)
  const { allow = [], origins = [], tokens = [], graceMs = 10_000 } = config
  const running = createRelay(optionsOf(config, io))
  const { port = 8080, host = '127.0.0.1' } = config
  try {
    await running.listen(await listenOptionsOf(config, port, host))
    if (config.reverse) await listenReverse(running, config.reverse, io)
  } catch (cause) {
    await running.close({ graceMs: 0 })
    throw transportFailed(`cannot listen on ${host} port ${port}`, cause)
  }
  // a relay that refuses everyone looks like one that is broken
  if (allow.length === 0 && !config.reverse)
    say(io, 'webtls: nothing may be reached: --allow HOST:PORT permits a target')
  if (origins.length === 0 && tokens.length === 0 && !config.allowMissingOrigin && !config.reverse) {
    say(io, 'webtls: no one may use it: --origin permits pages, --token-file or --allow-missing-origin programs')
  }
  for (const pattern of namesWithoutAddress(allow)) {
    const port = pattern.slice(pattern.lastIndexOf(':'))
    say(io, `webtls: ${pattern} permits public addresses only: list the one that the name has too, as 127.0.0.1${port}`)
  }
  say(io, `relay at ${running.address?.url}`)
  if (config.wisp) say(io, `Wisp at ${running.address?.url}wisp/${tokens.length > 0 ? '<token>/' : ''}`)
  if (running.metricsAddress) say(io, `metrics at ${running.metricsAddress.url}metrics`)
  await interrupted(running, io, graceMs)
  return exitCodes.ok
}

/** Resolves when the relay has ended after the first interrupt; a second one ends it at once. */
function interrupted(running: Relay, io: CliIo, graceMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let interrupts = 0
    const unlisten = io.onInterrupt(() => {
      interrupts += 1
      const closing = running.close({ graceMs: interrupts > 1 ? 0 : graceMs })
      closing.then(resolve, reject).finally(unlisten)
    })
  })
}

function optionsOf({ log = 'info', ...config }: RelayConfig, io: CliIo): RelayOptions {
  if (!levels.includes(log)) throw new UsageError(`--log is one of ${levels.join(', ')}, not "${log}"`)
  const { port: _port, host: _host, tls: _tls, metrics: _metrics, graceMs: _graceMs, reverse, ...options } = config
  const { names, limits: reverseLimits } = reverse ?? {}
  const pages = reverse && { reverse: { ...(names && { names }), ...(reverseLimits && { limits: reverseLimits }) } }
  return {
    ...options,
    ...pages,
    logger: log === 'silent' ? false : pino({ name: 'webtls-relay', level: log }, io.stdout),
  }
}

async function listenOptionsOf(config: RelayConfig, port: number, host: string): Promise<RelayListenOptions> {
  const { tls, metrics } = config
  const pem = tls && { cert: await readText(tls.cert, 'cert'), key: await readText(tls.key, 'key') }
  return { port, host, ...(pem && { tls: pem }), ...(metrics && { metrics }) }
}

const levels: readonly string[] = ['debug', 'info', 'warn', 'error', 'silent']
