import { once } from 'node:events'
import { createServer } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import { type NodeServer, startNodeServer } from '../support/node-server.js'
import { testPki } from '../support/pki.js'
import { missingTool } from '../support/tools.js'
import { startWebtls, webtls } from './command-line.js'
import { trusting } from './serving.js'

/** The exit codes of docs/cli.md that other tests do not meet on their way. */
const running: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop()
})

async function serve(handle: (socket: TLSSocket) => void): Promise<NodeServer> {
  const server = await startNodeServer(testPki().leaf['ecdsa-p256'], handle)
  running.push(server)
  return server
}

describe.skipIf(missingTool('openssl'))('webtls connect ends', () => {
  test.each([
    ['without a target', ['connect'], 'connect takes one target'],
    ['with two targets', ['connect', 'a', 'b'], 'connect takes one target'],
    ['with an unknown option', ['connect', 'a', '--sni', 'b'], 'there is no option --sni'],
    ['with a file that is not there', ['connect', 'a', '--ca', '/no/ca.pem'], '--ca /no/ca.pem: there is no such file'],
    ['with a group that no one knows', ['connect', 'a', '--groups', 'x25518'], 'x25518'],
    ['with --insecure', ['connect', 'a', '--insecure'], 'There is no way to skip the certificate check'],
    ['with early data for no session', ['connect', 'a', '--early-data', 'f'], '--early-data needs --session-in'],
  ])('with 2 %s', async (_what, args, message) => {
    const { code, stdout, stderr } = await webtls(args)
    expect(stderr).toContain(message)
    expect(stdout).toBe('')
    expect(code).toBe(2)
  })

  test('with 5 at a server that speaks no TLS', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined).end('220 mail.test ESMTP\r\n'))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
    try {
      const { code, stderr } = await webtls(['connect', ...trusting({ host: '127.0.0.1', port: address.port })])
      expect(stderr).toContain('Is it TLS at all?')
      expect(code).toBe(5)
    } finally {
      server.close()
    }
  })

  test('with 7 when the server goes without close_notify, after the data that it sent', async () => {
    const server = await serve((socket) => {
      socket.write('half an ans', () => setTimeout(() => socket.destroy(), 200))
    })
    const { code, stdout, stderr } = await webtls(['connect', ...trusting(server), '--ignore-eof'])
    expect(stdout).toBe('half an ans')
    expect(stderr).toContain('truncated (closed)')
    expect(code).toBe(7)
  })

  test('with 130 when it is interrupted, and tells the server', async () => {
    const ends: Promise<unknown>[] = []
    const server = await serve((socket) => {
      socket.resume()
      // a clean end: not a reset, not an error
      ends.push(once(socket, 'end'))
    })
    const process = startWebtls(['connect', ...trusting(server)])
    running.push(process)
    await process.waitForOutput(/trusted {3}through/)
    process.kill('SIGINT')
    expect(await process.exited).toBe(130)
    await Promise.all(ends)
    expect(ends).toHaveLength(1)
  })

  test('with 130 when it is interrupted before the server has answered', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined))
    await once(silent.listen(0, '127.0.0.1'), 'listening')
    const address = silent.address()
    if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
    const accepted = once(silent, 'connection')
    const process = startWebtls(['connect', ...trusting({ host: '127.0.0.1', port: address.port })])
    running.push(process)
    await accepted
    process.kill('SIGINT')
    expect(await process.exited).toBe(130)
    silent.close()
  })

  test('with 0 when who reads its output has had enough', async () => {
    const server = await serve((socket) => {
      socket.on('error', () => undefined)
      socket.write(Buffer.alloc(30_000_000))
    })
    const { code, stdout } = await webtls(['connect', ...trusting(server), '--quiet'], '', 20_000, 1000)
    expect(stdout.length).toBeGreaterThanOrEqual(1000)
    expect(code).toBe(0)
  })
})
