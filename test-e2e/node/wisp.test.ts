import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { connectTls, type TlsClientOptions, type TlsSocket } from '../../src/index.js'
import { connectWisp, type WispSession } from '../../src/wisp.js'
import { exchange, readToEnd } from '../client/http-exchange.js'
import { patternBytes } from '../client/pattern-bytes.js'
import { type NginxServer, startNginxServer } from '../support/nginx-server.js'
import { type NodeServer, startNodeServer } from '../support/node-server.js'
import { serverName, testPki } from '../support/pki.js'
import { freePort } from '../support/ports.js'
import { testFiles } from '../support/test-files.js'
import { missingTool } from '../support/tools.js'
import { type WispServer, wispServers } from '../support/wisp-servers.js'
import { expectFailure, readText, writeText } from './connecting.js'

const pki = testPki()
const files = testFiles()

describe.skipIf(missingTool('openssl')).each(wispServers())('our client over the server of $name', (kind) => {
  describe.skipIf(kind.missing)('with TLS inside', () => {
    let wisp: WispServer
    let target: NodeServer
    const sessions: WispSession[] = []
    beforeAll(async () => {
      wisp = await kind.start()
      target = await startNodeServer(pki.leaf['ecdsa-p256'], serve)
    })
    afterEach(() => {
      for (const session of sessions.splice(0)) session.close()
    })
    afterAll(async () => {
      await target?.stop()
      await wisp?.stop()
    })

    const open = async (options: Parameters<typeof connectWisp>[1] = {}, url = wisp.url) => {
      const session = await connectWisp(url, { WebSocket, ...options })
      sessions.push(session)
      return session
    }
    const secure = (session: WispSession, { host, port } = target as { host: string; port: number }) => {
      const options: TlsClientOptions = { serverName, trustAnchors: pki.trustAnchors }
      return connectTls(session.dial({ host, port }), options)
    }

    test('answers over one of many streams', async () => {
      const session = await open()
      const socket = secure(session)
      expect((await socket.opened).protocol).toBe('TLSv1.3')
      await writeText(socket, 'echo\nhello')
      expect(await readText(socket, 5)).toBe('hello')
      await socket.close()
      await socket.closed
      expect(session.streams).toBe(0)
    })

    test('brings 50 MB down, and ends with close_notify', async () => {
      const socket = secure(await open())
      await writeText(socket, 'file\n')
      const received = await readToEnd(socket.readable)
      expect(received.length).toBe(files.large.size)
      expect(sha256(received)).toBe(files.large.sha256)
      await socket.close()
      await socket.closed
    })

    test('brings 50 MB up, all of it before the end', async () => {
      const body = patternBytes(50_000_000)
      const socket = secure(await open())
      await writeText(socket, 'hash\n')
      const writer = socket.writable.getWriter()
      for (let offset = 0; offset < body.length; offset += 100_000)
        await writer.write(body.slice(offset, offset + 100_000))
      await writer.close()
      expect(new TextDecoder().decode(await readToEnd(socket.readable))).toBe(sha256(body))
      await socket.close()
      await socket.closed
    })

    test('carries 100 connections at once', async () => {
      const session = await open()
      const body = patternBytes(200_000)
      const answers = await Promise.all(
        Array.from({ length: 100 }, async (_, index) => {
          const socket = secure(session)
          await writeText(socket, 'hash\n')
          const writer = socket.writable.getWriter()
          await writer.write(body.slice(index))
          await writer.close()
          const answer = new TextDecoder().decode(await readToEnd(socket.readable))
          await socket.close()
          await socket.closed
          return answer === sha256(body.subarray(index))
        }),
      )
      expect(answers).toEqual(Array.from({ length: 100 }, () => true))
      expect(session.streams).toBe(0)
    })

    test('goes on while one reader does not read, whose stream ends at its limit', async () => {
      const session = await open({ maxBufferedBytes: 4_000_000 })
      const stalled = secure(session)
      await writeText(stalled, 'file\n')
      const others = secure(session)
      await writeText(others, 'echo\n')
      for (let count = 0; count < 20; count++) {
        await writeText(others, 'hello')
        expect(await readText(others, 5)).toBe('hello')
        await sleep(20)
      }
      await expectFailure(stalled.closed, 'transport_failed')
      await expect(stalled.closed).rejects.toMatchObject({ cause: { code: 'overflow' } })
      await others.close()
    })

    test('waits for a target that does not read', async () => {
      const session = await open()
      const socket = secure(session)
      await writeText(socket, 'stall\n')
      const writer = socket.writable.getWriter()
      let written = 0
      const writing = (async () => {
        for (; written < 400; written++) await writer.write(new Uint8Array(1_000_000))
      })()
      writing.catch(() => undefined)
      await sleep(1000)
      const stopped = written
      await sleep(200)
      expect(written).toBe(stopped)
      expect(stopped).toBeLessThan(100)
      await socket.close(new Error('enough'))
    })

    test('tells why a target cannot be reached', async () => {
      const session = await open()
      const socket = secure(session, { host: '127.0.0.1', port: await freePort() })
      const error = await expectFailure(socket.opened, 'transport_failed')
      expect(error).toMatchObject({ cause: { name: 'WispError', code: kind.refusal } })
    })

    test('fails all streams when the server dies in the middle', async () => {
      const mortal = await kind.start()
      const session = await open({}, mortal.url)
      const sockets = Array.from({ length: 5 }, () => secure(session))
      for (const socket of sockets) {
        await writeText(socket, 'echo\nhello')
        await readText(socket, 5)
      }
      mortal.kill()
      await expect(session.closed).rejects.toMatchObject({ cause: { code: 'session_lost' } })
      for (const socket of sockets) await expectFailure(socket.closed, 'transport_failed')
      await mortal.stop()
    })
  })
})

describe.skipIf(missingTool('openssl', 'nginx')).each(wispServers())('nginx behind the server of $name', (kind) => {
  let wisp: WispServer | undefined
  let nginx: NginxServer | undefined
  afterAll(async () => {
    await nginx?.stop()
    await wisp?.stop()
  })

  test.skipIf(kind.missing)('answers a request', async () => {
    wisp = await kind.start()
    nginx = await startNginxServer({ credentials: pki.leaf.rsa2048, folder: files.folder })
    const session = await connectWisp(wisp.url, { WebSocket })
    const socket: TlsSocket = connectTls(session.dial(nginx), { serverName, trustAnchors: pki.trustAnchors })
    const { status, body } = await exchange(socket, { path: '/medium.bin', host: serverName })
    expect([status, sha256(body)]).toEqual([200, files.medium.sha256])
    await socket.close()
    await socket.closed
    session.close()
  })
})

/** The first line says what to do: echo, send the file, tell the hash of what comes, or nothing at all. */
function serve(socket: TLSSocket): void {
  socket.once('data', (chunk: Buffer) => {
    const end = chunk.indexOf(10)
    const rest = chunk.subarray(end + 1)
    switch (chunk.subarray(0, end).toString()) {
      case 'echo':
        if (rest.length > 0) socket.write(rest)
        socket.pipe(socket)
        break
      case 'file':
        createReadStream(files.large.path).pipe(socket)
        break
      case 'hash': {
        const hash = createHash('sha256').update(rest)
        socket.on('data', (data) => hash.update(data))
        socket.on('end', () => socket.end(hash.digest('hex')))
        break
      }
      default:
        socket.pause()
    }
  })
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
