const insecure =
  'There is no way to skip the certificate check. A connection whose server is not known protects nothing: whoever sits\n' +
  'between can read and change it. What to do instead:\n' +
  '  to see why a chain is refused   webtls connect HOST --check        prints the chain and the exact rule it breaks\n' +
  '  to trust a private CA           webtls connect HOST --ca ca.pem\n' +
  "  to trust one server's own certificate, get it on a way that you trust and give it as --ca\n" +
  '  when only the name differs      webtls connect HOST --servername NAME-IN-THE-CERTIFICATE'

/** What other programs have and this one refuses, with the reason. */
export const refusedOptions: ReadonlyMap<string, string> = new Map([
  ...['insecure', 'k', 'no-verify', 'no-check-certificate', 'skip-verify'].map((name) => [name, insecure] as const),
  ...['tls1', 'tls1_1', 'tls1_2', 'ssl3', 'no_tls1_3'].map(
    (name) => [name, `--${name}: TLS 1.3 is the only version spoken here`] as const,
  ),
  ['tls1_3', '--tls1_3 is not needed: TLS 1.3 is the only version spoken here'],
])
