import type { Arguments } from '../arguments.js'
import type { CliIo } from '../io.js'
import { ServeLog } from './serve-log.js'

export const serveLog = (args: Arguments, io: CliIo): ServeLog =>
  new ServeLog(io, args.flag('json') ? 'json' : args.flag('quiet') ? 'quiet' : 'text')
