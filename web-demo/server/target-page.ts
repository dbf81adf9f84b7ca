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
  // the secret is near the top: there the page's view of the records shows it without being asked
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Hello</title>
<h1>Hello from a plain HTTPS server</h1>
<p>A secret between us: <strong>the treasure is under the oak tree</strong>.</p>
<p>I am an ordinary <code>node:https</code> server and know nothing of the page you are in: to me you are one more TLS
client. This is what I see of the connection:</p>
<table>
${rows.map(([name, value]) => `<tr><th>${name}</th><td>${escapeHtml(value ?? '')}</td></tr>`).join('\n')}
</table>
<p>The relay carried this page to you. Look at what it saw of it.</p>
`
}

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)
