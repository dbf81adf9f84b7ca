import { parseArgs } from 'node:util'
import { startDemo } from './start-demo.js'

const help = `npm run demo [-- options]

Starts a page that speaks TLS 1.3 through a relay, and all that it needs: the relay, an HTTPS server and its CA.
Everything listens on 127.0.0.1 only; nothing is written to the disk.

  --port N             the page's port, and the first of those tried for the rest   (default 8030)
  --allow HOST:PORT    a further target that the relay may reach; may be repeated
                       (example.com:443, *.example.com:443, 192.168.1.0/24:443)
  --live               serve the page from its sources, reloading as they change
  --json               print the addresses as one line of JSON
  --help               print this
`

const { values } = readArguments()
if (values.help) {
  process.stdout.write(help)
  process.exit(0)
}

const port = values.port === undefined ? undefined : Number(values.port)
if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65000)) {
  stop(`--port is a number from 1 to 65000, not "${values.port}"`)
}

const started = startDemo({
  ...(port === undefined ? {} : { port }),
  allow: values.allow ?? [],
  isLive: values.live ?? false,
})
const demo = await started.catch((error: unknown) => stop(error instanceof Error ? error.message : String(error)))

if (values.json) {
  const { target, relayUrl } = demo.config
  process.stdout.write(`${JSON.stringify({ page: demo.pageUrl, relay: relayUrl, target })}\n`)
} else {
  const { target, relayUrl } = demo.config
  const allowed = values.allow?.length ? `, ${values.allow.join(', ')}` : ''
  process.stdout.write(`
  webtls demo

    Open      ${demo.pageUrl}

    relay     ${relayUrl}
    server    https://${target.host}:${target.port}/   (node:https on 127.0.0.1; the name exists in the relay only)
    allowed   this server${allowed}

  Ctrl-C ends it.

`)
}

let isEnding = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // a second Ctrl-C does not wait
    if (isEnding) process.exit(130)
    isEnding = true
    demo.close().then(
      () => process.exit(0),
      (error: unknown) => stop(String(error)),
    )
  })
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        port: { type: 'string' },
        allow: { type: 'string', multiple: true },
        live: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    return stop(`${error instanceof Error ? error.message : String(error)}\n\n${help}`)
  }
}

function stop(message: string): never {
  process.stderr.write(`webtls demo: ${message}\n`)
  process.exit(1)
}
