import { type HttpHandler, type HttpServer, serveHttp } from '../../src/http.js'
import { openServerIdentity } from '../../src/page-identity.js'
import { listenOnRelay, type RelayListener } from '../../src/websocket.js'
import { createCertificate, createSelfSigned, readCertificateRequest } from '../../src/x509.js'
import { patternBytes, sha256Hex } from '../client/pattern-bytes.js'

export interface ServeTask {
  readonly relay: string
  readonly name: string
  readonly token: string
  /** Under which key and certificate are kept in IndexedDB. */
  readonly keep?: string
  /** PKCS #8 and SPKI in base64, of a key that the test knows: to look for it. */
  readonly knownKey?: { readonly privateKey: string; readonly publicKey: string }
}

export interface ServeReport {
  /** Who must be trusted, and what is served. */
  readonly caPem: string
  readonly certificateChain: string
  readonly port: number | undefined
  readonly wasKept: boolean
  readonly exportFailure: string
}

interface Serving {
  readonly listener: RelayListener
  readonly server: HttpServer
  readonly statuses: string[]
  readonly errors: string[]
}

let serving: Serving | undefined

/** The page serves a name: a CA made here signs for a key made here. */
export async function serveName({ relay, name, token, keep, knownKey }: ServeTask): Promise<ServeReport> {
  const ca = await createSelfSigned({ subject: { CN: `made in a page for ${name}` }, isCa: true })
  const keyPair = knownKey && (await importPair(knownKey))
  let exported = 'there was no key to export'
  const identity = await openServerIdentity({
    names: [name],
    ...(keep !== undefined && { keep }),
    ...(keyPair && { keyPair }),
    async certificate({ createRequest }) {
      const request = await readCertificateRequest((await createRequest()).pem)
      const issued = await createCertificate({
        dnsNames: request.dnsNames,
        publicKey: request.subjectPublicKeyInfo,
        issuer: { certificate: ca.certificate, privateKey: ca.privateKey },
        validDays: 2,
      })
      // the chain has the CA as well: a page that comes again has it from there
      return issued.pem + ca.pem
    },
  })
  if (keyPair) {
    exported = await crypto.subtle.exportKey('pkcs8', keyPair.privateKey).then(
      () => 'exported',
      (error) => error.name,
    )
  }
  const statuses: string[] = []
  const errors: string[] = []
  const listener = await listenOnRelay(relay, {
    name,
    token,
    reconnect: { minDelayMs: 100, maxDelayMs: 500 },
    onStatus: (status) => statuses.push(status),
  })
  const server = serveHttp(listener, handler, {
    tls: { identities: identity.identities },
    onError: (error) => errors.push(error instanceof Error ? `${error.name}: ${error.message}` : String(error)),
  })
  serving = { listener, server, statuses, errors }
  return {
    caPem: identity.certificateChain.slice(identity.certificateChain.lastIndexOf('-----BEGIN')),
    certificateChain: identity.certificateChain,
    port: listener.port,
    wasKept: identity.wasKept,
    exportFailure: exported,
  }
}

export function servingStatus(): { readonly statuses: readonly string[]; readonly errors: readonly string[] } {
  const { statuses = [], errors = [] } = serving ?? {}
  return { statuses, errors }
}

export async function stopServing(): Promise<void> {
  await serving?.server.close({ graceMs: 200 })
  await serving?.listener.closed
}

const handler: HttpHandler = async (request, info) => {
  const { pathname, searchParams } = new URL(request.url)
  if (pathname === '/') {
    info.responseHeaders.set('set-cookie', 'seen=yes; Secure; HttpOnly')
    return new Response(pageHtml, { headers: { 'content-type': 'text/html; charset=utf-8' } })
  }
  if (pathname === '/file') return pattern(Number(searchParams.get('bytes')))
  if (pathname === '/upload' && request.method === 'PUT') {
    const body = new Uint8Array(await request.arrayBuffer())
    return Response.json({ bytes: body.length, sha256: await sha256Hex(body) })
  }
  if (pathname === '/echo') return new Response(request.body)
  if (pathname === '/fails') throw new Error('what the client must not read')
  if (pathname === '/about') return Response.json({ cookie: request.headers.get('cookie'), tls: info.tls?.cipherSuite })
  return new Response('not here\n', { status: 404 })
}

const pageHtml = '<!doctype html><title>from a tab</title><h1>Only the two ends can read this line.</h1>'

/** The pattern again and again, so that a long file needs little memory. */
function pattern(length: number): Response {
  const block = patternBytes(blockLength)
  let left = length
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(block.slice(0, Math.min(left, blockLength)))
      left -= blockLength
      if (left <= 0) controller.close()
    },
  })
  return new Response(body as BodyInit, { headers: { 'content-length': String(length) } })
}

async function importPair({ privateKey, publicKey }: NonNullable<ServeTask['knownKey']>): Promise<CryptoKeyPair> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const bytes = (base64: string) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  return {
    privateKey: await crypto.subtle.importKey('pkcs8', bytes(privateKey), algorithm, false, ['sign']),
    publicKey: await crypto.subtle.importKey('spki', bytes(publicKey), algorithm, true, ['verify']),
  }
}

/** In bytes, of `/file`. */
const blockLength = 65_536
