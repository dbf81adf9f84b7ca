interface ConnectionFacts {
  readonly protocol: string
  readonly cipherSuite: string
  readonly serverName: string
  readonly alpnProtocol: string
}

/** The friendly page at `/`: plain HTML, since it is shown without its own styles or scripts. */
export function targetPage(facts: ConnectionFacts): string {
  const rows = [
    ['Protocol', facts.protocol],
    ['Cipher suite', facts.cipherSuite],
    ['Name asked for', facts.serverName],
    ['ALPN', facts.alpnProtocol],
  ]
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Hello from a plain HTTPS server</title>
  </head>
  <body>
    <h1>Hello from a plain HTTPS server</h1>
    <p>
      I am an ordinary <code>node:https</code> server and know nothing of the page you are in. To me you are
      one more TLS client. This secret is for your eyes only: <strong>the treasure is under the oak tree</strong>.
    </p>
    <table>
${rows.map(([name, value]) => `      <tr><th>${name}</th><td>${escapeHtml(value ?? '')}</td></tr>`).join('\n')}
    </table>
    <p>The relay carried this page to you. Look at what it saw of it.</p>
  </body>
</html>
`
}

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)
