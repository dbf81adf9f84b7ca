#!/usr/bin/env node
import { processIo } from './io.js'
import { runCli } from './run-cli.js'

// who reads our output may leave before its end: that is no crash
process.stdout.on('error', () => undefined)
process.stderr.on('error', () => undefined)
process.exitCode = await runCli(process.argv.slice(2), processIo)
process.stdin.destroy()
// what was written must get out, and the alert of a failure; but a peer that does not close holds the process no longer
await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))))
setTimeout(() => process.exit(), 300).unref()
