import type { Example, OptionTable } from '../command.js'

export const relayOptions: OptionTable = {
  config: {
    value: 'FILE',
    help: 'a JSON file with all of this (docs/cli.md); a flag replaces what the file says',
    heading: 'Where',
  },
  port: { value: 'PORT', short: 'p', help: 'default 8080; 0 for any that is free' },
  host: { value: 'ADDRESS', help: 'default 127.0.0.1, this machine alone; 0.0.0.0 or :: for others' },
  'base-path': { value: 'PATH', help: 'the path before <host>:<port>, with a slash at both ends (default /)' },
  wisp: {
    help: 'also speak Wisp, many TCP connections over one WebSocket, at wisp/ below the base path\n(with tokens: wisp/TOKEN/); docs/wisp.md',
  },
  cert: { value: 'FILE', help: 'with --key: serve wss: without a proxy before it (PEM)' },
  key: { value: 'FILE', help: 'its private key (PEM)' },
  'metrics-port': { value: 'PORT', help: 'a second port for /metrics (Prometheus) and /health' },
  'metrics-host': { value: 'ADDRESS', help: 'default 127.0.0.1' },
  allow: {
    value: 'PATTERN',
    short: 'a',
    multiple: true,
    help: 'what may be reached: db.example.com:5432, *.example.com:443, 10.0.0.0/8:5432;\nlocalhost and names of a private network need their addresses, 127.0.0.1:8443 (default: nothing)',
    heading: 'What is permitted, and to whom',
  },
  origin: {
    value: 'ORIGIN',
    short: 'o',
    multiple: true,
    help: "pages that may use it: https://app.example.com, or '*' (default: none)",
  },
  'allow-missing-origin': { help: 'programs, which send no Origin, may use it (default: only with tokens)' },
  'token-file': { value: 'FILE', help: 'bearer tokens, one a line, any of which opens the relay' },
  'trust-proxy': { help: "take the client's address from X-Forwarded-For: only behind a proxy that sets it" },
  reverse: {
    value: 'PORT',
    help: 'a TCP port for clients of pages that serve, each led to the page that its ClientHello names; 0 for any',
    heading: 'Pages that serve (docs/server-in-a-page.md)',
  },
  'reverse-host': { value: 'ADDRESS', help: 'default 127.0.0.1, this machine alone' },
  'reverse-port': { value: 'NAME=PORT', multiple: true, help: 'a port of one name alone, for clients without SNI' },
  'reverse-token-file': {
    value: 'FILE',
    help: 'who may serve what: a name, or *.name, and its token on each line',
  },
  'max-pages': { value: 'COUNT', help: 'default 100' },
  'max-connections-per-page': { value: 'COUNT', help: 'default 256' },
  'hello-timeout': { value: 'SECONDS', help: 'for a client to send its ClientHello (default 10)' },
  'max-connections': { value: 'COUNT', help: 'default 1000', heading: 'Limits' },
  'max-connections-per-client': { value: 'COUNT', help: 'default 64' },
  'connect-timeout': { value: 'SECONDS', help: 'default 10' },
  'idle-timeout': { value: 'SECONDS', help: 'without a byte in either direction (default 600)' },
  'ping-interval': { value: 'SECONDS', help: 'default 30' },
  'buffered-bytes': { value: 'BYTES', help: 'that wait in each direction of a connection (default 1048576)' },
  'message-bytes': { value: 'BYTES', help: 'the largest WebSocket message taken (default 1048576)' },
  grace: { value: 'SECONDS', help: 'after Ctrl-C, for connections to end (default 10); a second Ctrl-C ends at once' },
  log: {
    value: 'LEVEL',
    help: 'debug, info (default), warn, error or silent; JSON on standard output',
    heading: 'Display',
  },
  help: { short: 'h', help: 'this text' },
}

export const relayAbout = `Carries TLS from web pages to TCP servers: the bytes of one WebSocket are those of one TCP connection. The relay sees
ciphertext only. It permits nothing that --allow does not name, and no page that --origin does not. GET /health answers
{"status":"ok"}, or 503 while it shuts down. docs/relay.md has the rules. With --reverse it also carries TLS the other way, from
TCP clients to a page that serves.`

export const relayExamples: readonly Example[] = [
  {
    what: 'A database for the pages of one site',
    command: 'webtls relay --allow db.example.com:5432 --origin https://app.example.com',
  },
  {
    what: 'For development: a server on this machine, any page',
    command: "webtls relay --allow 127.0.0.1:8443 --origin '*'",
  },
  {
    what: 'In production, with metrics',
    command: 'webtls relay --config relay.json --host 0.0.0.0 --metrics-port 9090',
  },
  {
    what: 'A page that serves a name (its token in names.txt: tab.localhost SECRET)',
    command: 'webtls relay --origin http://localhost:5173 --reverse 8443 --reverse-token-file names.txt',
  },
  {
    what: 'Clients of Wisp, which may go to any public HTTPS server',
    command: "webtls relay --wisp --allow '*:443' --origin https://app.example.com",
  },
  {
    what: 'Programs with a token',
    command: "openssl rand -hex 32 > tokens.txt; webtls relay --allow '*:443' --token-file tokens.txt",
  },
]
