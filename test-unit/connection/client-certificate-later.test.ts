import { describe, expect, it } from 'vitest'
import type { TlsServerOptions } from '../../src/connection/server-config.js'
import { checkVerifyData, makeVerifyData } from '../../src/crypto/finished.js'
import { sha256 } from '../../src/crypto/hash.js'
import { signedContent } from '../../src/handshake/signed-content.js'
import { ExtensionType, SignatureScheme } from '../../src/messages/code-points.js'
import { makeExtension } from '../../src/messages/extensions/extension.js'
import { signatureAlgorithms } from '../../src/messages/extensions/signature-algorithms.js'
import { decodeMessage, encodeMessage } from '../../src/messages/handshake-message.js'
import { type Bytes, concatBytes } from '../../src/wire/bytes.js'
import { expectServerRefusal, openAccepted } from '../support/accepted-connection.js'
import { clientIdentity } from '../support/client-identity.js'
import type { ClientScript } from '../support/client-script.js'
import { rejection, within } from '../support/deadline.js'
import { identityOptions } from '../support/pair.js'
import { testProvider } from '../support/provider.js'
import { extensionOf, withExtensions } from '../support/refusal-table.js'
import type { ScriptedClient } from '../support/scripted-client.js'
import { expectRefusal, openScripted } from '../support/scripted-connection.js'
import { required, type ScriptedServer } from '../support/scripted-server.js'
import { type ServerIdentity, signWithScheme } from '../support/server-identity.js'
import { pattern, readAll } from '../support/streams.js'

const unexpected = { code: 'unexpected_message', alert: 'unexpected_message' } as const
const offering = { edit: { client_hello: withExtensions(extensionOf(ExtensionType.post_handshake_auth)) } } as const

async function asking(script: ClientScript = offering, options: Partial<TlsServerOptions> = {}) {
  const { ca } = await clientIdentity()
  return await openAccepted(script, { clientTrustAnchors: ca.pem, ...options })
}

/** The request, which a client of the tests must read before it can answer. */
async function requestTo(client: ScriptedClient): Promise<{ bytes: Bytes; context: Bytes }> {
  const event = await within(client.next(), 'a CertificateRequest')
  if (event.kind !== 'message' || event.name !== 'certificate_request') throw new Error(`${event.kind} came`)
  return {
    bytes: event.bytes,
    context: decodeMessage('certificate_request', event.bytes).body.certificateRequestContext,
  }
}

/** An answer as an honest client makes it. */
async function answerOf(
  client: ScriptedClient,
  request: { bytes: Bytes; context: Bytes },
  identity?: ServerIdentity,
): Promise<readonly Bytes[]> {
  let transcript = client.transcript.with(request.bytes)
  const messages: Bytes[] = []
  const add = (message: Bytes) => {
    messages.push(message)
    transcript = transcript.with(message)
  }
  const certificateList = (identity?.certificate.chain ?? []).map((certificateData) => ({
    certificateData,
    extensions: [],
  }))
  add(encodeMessage('certificate', { certificateRequestContext: request.context, certificateList }))
  const hash = async () => await transcript.digest(testProvider, required(client.suite).hash)
  if (identity) {
    const signature = await signWithScheme(identity, identity.scheme, signedContent('client', await hash()))
    add(encodeMessage('certificate_verify', { algorithm: SignatureScheme[identity.scheme], signature }))
  }
  const verifyData = await makeVerifyData(testProvider, required(client.writeSecret), await hash())
  add(encodeMessage('finished', { verifyData }))
  return messages
}

describe('a server that asks for a certificate after the handshake (4.7.2)', () => {
  //= rfc9846#section-4.4.2 4.4.2-9
  //= rfc9846#section-4.7.2 4.7.2-1 4.7.2-7
  //= rfc9846#section-4.5.3 4.5.3-1
  it('gets it, whatever other messages the client sends before', async () => {
    const { socket, client } = await asking()
    const identity = await clientIdentity()
    const answer = socket.requestClientCertificate()
    const request = await requestTo(client)
    await client.sendData(pattern(1000))
    await client.sendKeyUpdate()
    await client.sendData(pattern(1000, 1))
    for (const message of await answerOf(client, request, identity)) await client.sendMessage(message)
    expect((await within(answer, 'the answer'))?.certificates.map(({ der }) => der)).toEqual(identity.certificate.chain)
  })

  it('is told that the client has none', async () => {
    const { socket, client } = await asking()
    const answer = socket.requestClientCertificate()
    for (const message of await answerOf(client, await requestTo(client))) await client.sendMessage(message)
    expect(await within(answer, 'the answer')).toBeUndefined()
  })

  //= rfc9846#section-4.4.2 4.4.2-3 4.4.2-5
  //= rfc9846#section-4.7.2 4.7.2-7
  //= rfc9846#section-4.5.1 4.5.1-5
  it('has a context for each request that cannot be foretold, and takes the answers in any order', async () => {
    const { socket, client } = await asking()
    const identity = await clientIdentity()
    const answers = [socket.requestClientCertificate(), socket.requestClientCertificate()]
    const requests = [await requestTo(client), await requestTo(client)] as const
    expect(requests[0].context).toHaveLength(32)
    expect(requests[0].context).not.toEqual(requests[1].context)
    for (const message of await answerOf(client, requests[1], identity)) await client.sendMessage(message)
    for (const message of await answerOf(client, requests[0])) await client.sendMessage(message)
    expect(await within(answers[0] ?? Promise.reject(), 'the first')).toBeUndefined()
    expect((await within(answers[1] ?? Promise.reject(), 'the second'))?.certificates).toHaveLength(1)
  })

  //= rfc9846#section-4.3.6 4.3.6-1
  it('sends nothing to a client that did not offer post_handshake_auth (4.3.6)', async () => {
    const { socket, client } = await asking({})
    expect(await rejection(socket.requestClientCertificate(), 'the request')).toMatchObject({ code: 'invalid_state' })
    await socket.writable.getWriter().write(Uint8Array.of(1))
    expect(await client.next()).toMatchObject({ kind: 'data' })
  })

  //= rfc9846#section-4.4.2 4.4.2-10
  //= rfc9846#section-F.1 F.1-1
  it('sends nothing to a client that is known by an external PSK (4.4.2, F.1)', async () => {
    const psk = { identity: 'one', key: pattern(32) }
    const identity = new TextEncoder().encode(psk.identity)
    const offered = { identity, key: psk.key, hash: sha256, kind: 'ext binder', obfuscatedTicketAge: 0 } as const
    const { ca } = await clientIdentity()
    const { socket, client } = await openAccepted(
      {
        suites: ['TLS_AES_128_GCM_SHA256'],
        psks: [offered],
        edit: {
          client_hello: (body) => ({
            ...body,
            extensions: [extensionOf(ExtensionType.post_handshake_auth), ...body.extensions],
          }),
        },
      },
      { externalPsks: [psk], clientTrustAnchors: ca.pem },
    )
    expect(client.acceptedPsk).toBe(offered)
    expect(client.messages('certificate_request')).toHaveLength(0)
    expect(await rejection(socket.requestClientCertificate(), 'the request')).toMatchObject({
      code: 'invalid_state',
      message: expect.stringMatching(/external PSK/),
    })
  })

  it.each([
    ['data', (client: ScriptedClient) => client.sendData(Uint8Array.of(1))],
    ['a KeyUpdate', (client: ScriptedClient) => client.sendKeyUpdate()],
  ])('refuses %s within an answer with unexpected_message', async (_what, act) => {
    const { socket, client } = await asking()
    void socket.requestClientCertificate().catch(() => undefined)
    const [certificate] = await answerOf(client, await requestTo(client), await clientIdentity())
    await client.sendMessage(required(certificate))
    await act(client)
    await expectServerRefusal({ socket, client }, { ...unexpected, message: /within the client's answer/ })
  })

  it('refuses an answer to a request that it did not make with illegal_parameter', async () => {
    const { socket, client } = await asking()
    void socket.requestClientCertificate().catch(() => undefined)
    const request = { ...(await requestTo(client)), context: new Uint8Array(32) }
    await client.sendMessage(required((await answerOf(client, request))[0]))
    await expectServerRefusal(
      { socket, client },
      { code: 'illegal_parameter', alert: 'illegal_parameter', message: /that of no request/ },
    )
  })

  it('refuses an answer that nobody asked for with unexpected_message', async () => {
    const { socket, client } = await asking()
    await client.sendMessage(
      encodeMessage('certificate', { certificateRequestContext: new Uint8Array(), certificateList: [] }),
    )
    await expectServerRefusal({ socket, client }, { ...unexpected, message: /certificate after the handshake/ })
  })

  it.each([
    ['signature', 1, 'signature_invalid'],
    ['Finished', 2, 'finished_mismatch'],
    //= rfc9846#section-4.5.2 4.5.2-9
    //= rfc9846#section-4.5.3 4.5.3-2
  ] as const)('refuses a wrong %s with decrypt_error', async (_what, index, code) => {
    const { socket, client } = await asking()
    void socket.requestClientCertificate().catch(() => undefined)
    const messages = await answerOf(client, await requestTo(client), await clientIdentity())
    for (const message of messages.slice(0, index)) await client.sendMessage(message)
    await client.sendMessage(
      required(messages[index]).map((byte, at, { length }) => (at === length - 9 ? byte ^ 1 : byte)),
    )
    await expectServerRefusal({ socket, client }, { code, alert: 'decrypt_error', message: /./ })
  })
})

/** A CertificateRequest as a server sends it. */
const request = (...more: readonly { type: number; data: Bytes }[]) =>
  encodeMessage('certificate_request', {
    certificateRequestContext: pattern(16),
    extensions: [makeExtension(signatureAlgorithms, signatureAlgorithms.certificateRequest, [0x0403, 0x0804]), ...more],
  })

/** Reads messages up to Finished, and checks that; data may come in front of them, and nothing between them. */
async function readAnswer(server: ScriptedServer, sent: Bytes) {
  const answer: { name: string; bytes: Bytes }[] = []
  const before: Bytes[] = []
  let transcript = server.transcript.with(sent)
  for (;;) {
    const event = await within(server.next(), 'an answer')
    if (event.kind === 'data' && answer.length === 0) {
      before.push(event.data)
      continue
    }
    if (event.kind !== 'message') throw new Error(`${event.kind} within an answer`)
    answer.push(event)
    if (event.name === 'finished') {
      const hash = await transcript.digest(testProvider, required(server.suite).hash)
      const { verifyData } = decodeMessage('finished', event.bytes).body
      expect(await checkVerifyData(testProvider, required(server.readSecret), hash, verifyData)).toBe(true)
      return { answer, before: concatBytes(...before) }
    }
    transcript = transcript.with(event.bytes)
  }
}

describe('a client that is asked for a certificate after the handshake (4.7.2)', () => {
  //= rfc9846#section-4.5.1 4.5.1-5
  //= rfc9846#section-4.7.2 4.7.2-2 4.7.2-3 4.7.2-5
  it('answers with Certificate, CertificateVerify and Finished, one behind the other', async () => {
    const identity = await clientIdentity()
    const { socket, server } = await openScripted({}, { postHandshakeAuth: true, identity: identityOptions(identity) })
    const writer = socket.writable.getWriter()
    void writer.write(pattern(2 ** 16))
    await server.receiveData(2 ** 16)
    const sent = request()
    await server.sendMessage(sent)
    // what is written meanwhile goes out in front of the answer or behind it
    void writer.write(pattern(1000))
    const { answer, before } = await readAnswer(server, sent)
    expect(answer.map(({ name }) => name)).toEqual(['certificate', 'certificate_verify', 'finished'])
    const [first] = answer
    expect(decodeMessage('certificate', required(first).bytes).body.certificateRequestContext).toEqual(pattern(16))
    expect(before.length > 0 ? before : await server.receiveData(1000)).toEqual(pattern(1000))
  })

  //= rfc9846#section-4.7.2 4.7.2-2 4.7.2-4
  it('answers with an empty Certificate and Finished when it has none', async () => {
    const { server } = await openScripted({}, { postHandshakeAuth: true })
    const sent = request()
    await server.sendMessage(sent)
    expect((await readAnswer(server, sent)).answer.map(({ name }) => name)).toEqual(['certificate', 'finished'])
  })

  //= rfc9846#section-4.4.2 4.4.2-7
  it('passes over extensions that it does not know', async () => {
    const { server } = await openScripted({}, { postHandshakeAuth: true })
    const sent = request(extensionOf(0xfe01, 1))
    await server.sendMessage(sent)
    expect((await readAnswer(server, sent)).answer.map(({ name }) => name)).toEqual(['certificate', 'finished'])
  })

  //= rfc9846#section-4.7.2 4.7.2-6
  it('refuses it with unexpected_message when it did not offer that', async () => {
    const { socket, server } = await openScripted()
    await server.sendMessage(request())
    await expectRefusal(socket, server, { ...unexpected, message: /certificate_request after the handshake/ })
  })

  //= rfc9846#section-F.1 F.1-1
  it('refuses it with unexpected_message where an external PSK has opened the connection (F.1)', async () => {
    const psk = { identity: 'one', key: pattern(32) }
    const { socket, server } = await openScripted(
      { suite: 'TLS_AES_128_GCM_SHA256', psk: { index: 0, key: psk.key } },
      { postHandshakeAuth: true, externalPsks: [psk], identity: identityOptions(await clientIdentity()) },
    )
    await server.sendMessage(request())
    await expectRefusal(socket, server, { ...unexpected, message: /certificate_request after the handshake/ })
  })

  it('reads on while it makes its answer', async () => {
    const { socket, server } = await openScripted({}, { postHandshakeAuth: true })
    await server.sendMessage(request())
    await server.sendData(pattern(100))
    await server.sendCloseNotify()
    expect(await within(readAll(socket.readable), 'the data')).toEqual(pattern(100))
  })
})
