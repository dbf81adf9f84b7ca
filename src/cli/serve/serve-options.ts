import type { Example, OptionTable } from '../command.js'
import { algorithmOptions } from '../tls-options.js'

export const serveOptions: OptionTable = {
  port: { value: 'PORT', short: 'p', help: 'default 8443; 0 for any that is free', heading: 'Where and what' },
  host: { value: 'ADDRESS', help: 'default 127.0.0.1, this machine alone; 0.0.0.0 or :: for others' },
  echo: { help: 'send back what comes (default)' },
  files: {
    value: 'FOLDER',
    help: 'serve its files over HTTP/1.1: GET and HEAD, ranges, index.html; no dot files, no lists',
  },
  cert: {
    value: 'FILE',
    multiple: true,
    help: 'a certificate chain (PEM, leaf first), with --key; several for several names',
    heading: 'Identity',
  },
  key: { value: 'FILE', multiple: true, help: 'its private key (PEM: PKCS #8, SEC 1 or PKCS #1)' },
  name: {
    value: 'NAMES',
    multiple: true,
    help: 'without --cert: names and addresses of the certificate that is made at start',
  },
  'ca-out': { value: 'FILE', help: 'without --cert: where to write the CA that clients must trust' },
  'client-auth': { value: 'WHETHER', help: 'none (default), optional or required' },
  'client-ca': { value: 'FILE', multiple: true, help: 'who may vouch for clients (PEM)' },
  ...algorithmOptions,
  tickets: {
    value: 'COUNT',
    help: 'tickets for each connection (default 2); 0 for no resumption',
    heading: 'Sessions',
  },
  'ticket-lifetime': { value: 'SECONDS', help: 'default 7200, at most 604800' },
  'early-data': { value: 'BYTES', help: 'take that much 0-RTT data, which an attacker can repeat (default 0)' },
  'max-connections': { value: 'COUNT', help: 'default 10000', heading: 'Limits' },
  'max-handshakes': { value: 'COUNT', help: 'at once (default 64)' },
  'handshake-timeout': { value: 'SECONDS', help: 'default 10' },
  'request-timeout': { value: 'SECONDS', help: 'with --files: for a request to come (default 30)' },
  grace: { value: 'SECONDS', help: 'after Ctrl-C, for connections to end (default 5); a second Ctrl-C ends at once' },
  quiet: { short: 'q', help: 'show nothing but failures of the server itself', heading: 'Display' },
  json: { help: 'events as JSON on standard output, one a line' },
  help: { short: 'h', help: 'this text' },
}

export const serveAbout = `Serves TLS 1.3: echoes, or serves the files of a folder over HTTP/1.1. Without --cert it makes a CA and a certificate for
this run; the CA's key is thrown away at once. For development and tests: one process, no rotation of logs.`

export const serveExamples: readonly Example[] = [
  {
    what: 'An echo server, and a client of it',
    command: 'webtls serve --ca-out ca.pem &  webtls connect localhost:8443 --ca ca.pem',
  },
  {
    what: 'The files of a folder',
    command: 'webtls serve --files ./site --cert chain.pem --key key.pem --host 0.0.0.0 --port 443',
  },
  { what: 'Clients must have a certificate', command: 'webtls serve --client-auth required --client-ca clients.pem' },
  { what: 'What Wireshark needs', command: 'webtls serve --key-log keys.txt' },
  { what: 'Watch with a program', command: 'webtls serve --json | jq \'select(.event == "opened")\'' },
]
