import { TlsError } from '../errors/tls-error.js'
import { HttpError } from '../http/http-error.js'
import { RelayError } from '../transports/relay-error.js'
import { WispError } from '../transports/wisp/wisp-error.js'

/** Why a request of the tunnel failed, as plain data that can be sent to a page. */
export interface TunnelFailure {
  /** As the page asked for it. */
  readonly url: string
  /** 504 when something took too long, 403 for what the tunnel refuses to send, else 502. */
  readonly status: 403 | 502 | 504
  /** Of the TlsError or HttpError; `foreign_request` for what the tunnel refuses; `internal` for anything else. */
  readonly code: string
  /** Of the relay or the Wisp server, when it did not make the connection or ended it. */
  readonly relayReason: string | undefined
  readonly detail: string
}

export function tunnelFailure(url: string, error: unknown): TunnelFailure {
  const chain = causes(error)
  const known = chain.find((each) => each instanceof TlsError || each instanceof HttpError)
  const relay = chain.find((each) => each instanceof RelayError || each instanceof WispError)
  const codes = chain.map((each) => String((each as { readonly code?: unknown }).code))
  const isLate = codes.some((code) => code === 'timed_out' || code === 'handshake_timeout')
  const failure = known ?? chain[0]
  return {
    url,
    status: isLate ? 504 : 502,
    code: known?.code ?? 'internal',
    relayReason: relay?.code,
    detail: failure instanceof Error ? failure.message : String(failure),
  }
}

/** What another site has a browser send in the user's name: a form, say. */
export const foreignRequest = (url: string, method: string): TunnelFailure => ({
  url,
  status: 403,
  code: 'foreign_request',
  relayReason: undefined,
  detail: `a page that is not of this origin, or does not say where it is from, may not send ${method} through the tunnel`,
})

/**
 * A readable reason in place of a response: a problem document (RFC 9457) for programs, a page for a person who goes
 * there. `webtls-error` has the code: what the server itself says with 502 has no such field.
 */
export function problemResponse(failure: TunnelFailure, isPage: boolean): Response {
  const { status, code, relayReason, detail } = failure
  const title = titles[status]
  const problem = { type: 'about:blank', title, status, detail, code, ...(relayReason && { relayReason }) }
  const body = isPage ? problemPage(title, failure) : JSON.stringify(problem)
  return new Response(body, {
    status,
    statusText: title,
    headers: {
      'content-type': isPage ? 'text/html; charset=utf-8' : 'application/problem+json',
      'cache-control': 'no-store',
      'webtls-error': code,
      // nothing in it may run or be loaded, whatever a server made of its messages
      ...(isPage && { 'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'" }),
    },
  })
}

const titles = { 403: 'Forbidden', 502: 'Bad Gateway', 504: 'Gateway Timeout' } as const

function problemPage(title: string, { code, relayReason, detail, url }: TunnelFailure): string {
  const reason = relayReason === undefined ? '' : `, the relay says <code>${escaped(relayReason)}</code>`
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>:root{color-scheme:light dark}body{font:1rem/1.5 system-ui;max-width:40rem;margin:3rem auto;padding:0 1rem;overflow-wrap:anywhere}</style>
<h1>This page could not be fetched</h1>
<p>${escaped(detail)}</p>
<p><code>${escaped(code)}</code>${reason}</p>
<p>${escaped(url)}</p>
</html>
`
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

function causes(error: unknown): readonly unknown[] {
  const chain: unknown[] = []
  for (let each = error; each !== undefined && chain.length < 8; each = (each as { readonly cause?: unknown })?.cause) {
    chain.push(each)
  }
  return chain
}

/** The `type` of the message that tells a page of a response that was cut off. */
export const failureMessage = 'webtls-tunnel-failure'
