#!/usr/bin/env node
import { processIo } from './io.js'
import { runCli } from './run-cli.js'

// who reads our output may leave before its end: that is no crash
process.stdout.on('error', () => undefined)
process.stderr.on('error', () => undefined)
process.exitCode = await runCli(process.argv.slice(2), processIo)
process.stdin.destroy()
// output may still be on its way; but a peer that does not close, or a terminal, holds the process no longer than this
setTimeout(() => process.exit(), 3000).unref()
