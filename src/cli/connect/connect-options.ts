import type { Example, OptionTable } from '../command.js'
import { startTlsProtocols } from '../starttls/start-tls.js'
import { algorithmOptions } from '../tls-options.js'

export const connectOptions: OptionTable = {
  servername: {
    value: 'NAME',
    help: 'the name to ask for, which the certificate must have (default: the host)',
    heading: 'The server',
  },
  ca: {
    value: 'FILE',
    multiple: true,
    help: 'trust these CA certificates (PEM), and no others unless --roots is given too',
  },
  roots: { value: 'WHICH', help: "whom to trust: system (default), this machine's store; mozilla, the embedded list" },
  starttls: { value: 'PROTOCOL', help: `begin in plaintext: ${startTlsProtocols.join(', ')}` },
  timeout: { value: 'SECONDS', help: 'for TCP, STARTTLS and the handshake together (default 15)' },
  cert: { value: 'FILE', multiple: true, help: "a client certificate's chain (PEM, leaf first), with --key" },
  key: { value: 'FILE', multiple: true, help: 'its private key (PEM: PKCS #8, SEC 1 or PKCS #1)' },
  ...algorithmOptions,
  'session-out': { value: 'FILE', help: "write the server's tickets, for a later --session-in", heading: 'Sessions' },
  'session-in': { value: 'FILE', help: 'resume with a ticket of that file: same name, CA, ALPN and policy' },
  'early-data': {
    value: 'FILE',
    help: 'send this with the first flight (0-RTT); an attacker can have it processed twice',
  },
  check: { help: 'end after the handshake; what it shows then goes to standard output', heading: 'Data and display' },
  'ignore-eof': { help: 'when standard input ends, keep our side open until the server closes' },
  pem: { help: 'show the chain as PEM, too' },
  trace: { help: 'show each record, message and alert' },
  pcap: { value: 'FILE', help: 'write the connection and its secrets as a capture that Wireshark decrypts' },
  quiet: { short: 'q', help: 'show nothing but failures' },
  json: { help: 'show JSON, one object a line, instead of text' },
  help: { short: 'h', help: 'this text' },
}

export const connectAbout = `Opens a TLS 1.3 connection, shows how it was made and who the server is, then joins it to standard input and output.
The data goes to standard output, everything else to standard error. When standard input ends, the server is told
(close_notify), and what it still sends is written. When the chain is refused, it is printed with the exact rule that it
breaks. There is no --insecure.`

export const connectExamples: readonly Example[] = [
  { what: 'Who is that server, and is its chain in order?', command: 'webtls connect example.com --check' },
  {
    what: 'An HTTP request (some servers take our close for a hang-up: --ignore-eof)',
    command: `printf 'GET / HTTP/1.1\\r\\nHost: example.com\\r\\nConnection: close\\r\\n\\r\\n' | webtls connect example.com --ignore-eof`,
  },
  {
    what: "A database's certificate, with a CA of your own",
    command: 'webtls connect db:5432 --starttls postgres --ca ca.pem --check',
  },
  {
    what: 'The days that are left, for a script',
    command: "webtls connect example.com --check --json | jq '.peerCertificates[0].notAfter'",
  },
  {
    what: 'Resumption: is the second handshake one?',
    command:
      'webtls connect example.com --check --session-out s.json && webtls connect example.com --check --session-in s.json',
  },
  {
    what: 'Does it take post-quantum key exchange?',
    command: 'webtls connect example.com --check --groups X25519MLKEM768',
  },
  { what: 'A client certificate', command: 'webtls connect api.test:8443 --cert me.pem --key me.key --ca ca.pem' },
  {
    what: 'A pre-shared key, without any certificate',
    command: 'webtls connect device:4433 --psk @key.hex --psk-identity sensor-7',
  },
]
