import { describe, expect, it } from 'vitest'
import {
  encodeRequestHead,
  encodeResponseHead,
  keepsAlive,
  readFinalResponseHead,
  readRequestHead,
  readResponseHead,
} from '../../src/http/message-head.js'
import { failureOf, sourceOf, text } from './support.js'

const request = (message: string) => readRequestHead(sourceOf(message))
const response = (message: string) => readResponseHead(sourceOf(message))

describe('a request head (RFC 9112 section 3)', () => {
  it('is read with its fields as they came', async () => {
    expect(await request('GET /a?b HTTP/1.1\r\nHost: x:8443\r\nX-A:  b c \t\r\nx-a:\r\n\r\n')).toEqual({
      method: 'GET',
      target: '/a?b',
      version: 'HTTP/1.1',
      fields: [
        ['Host', 'x:8443'],
        ['X-A', 'b c'],
        ['x-a', ''],
      ],
    })
  })

  it('is undefined when the client ended between requests, and lets empty lines pass before one', async () => {
    expect(await request('')).toBeUndefined()
    expect(await request('\r\n')).toBeUndefined()
    expect((await request('\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n'))?.method).toBe('GET')
  })

  it('takes the four forms of a target, each only where it may be', async () => {
    const head = (line: string) => request(`${line} HTTP/1.1\r\nHost: x\r\n\r\n`)
    for (const line of ['GET /', 'GET https://x/y', 'OPTIONS *', 'CONNECT x:443']) {
      expect((await head(line))?.target, line).toBe(line.split(' ')[1])
    }
    for (const line of ['GET *', 'GET x', 'GET x:443', 'CONNECT /', 'CONNECT x', 'GET /a#b', 'GET ftp://x/']) {
      expect(await failureOf(() => head(line)), line).toBe('malformed')
    }
  })

  it.each([
    ['two spaces', 'GET  / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a tab for a space', 'GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a space at the end', 'GET / HTTP/1.1 \r\nHost: x\r\n\r\n'],
    ['no version', 'GET /\r\nHost: x\r\n\r\n'],
    ['another name of the protocol', 'GET / HTTPS/1.1\r\nHost: x\r\n\r\n'],
    ['a lower-case version', 'GET / http/1.1\r\nHost: x\r\n\r\n'],
    ['a method that is no token', 'G(T / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a NUL in the target', 'GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['letters beyond ASCII in the target', 'GET /\xe9 HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n'],
    ['two Hosts', 'GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n'],
    ['a Host that is none', 'GET / HTTP/1.1\r\nHost: x, y\r\n\r\n'],
    ['a Host with a path', 'GET / HTTP/1.1\r\nHost: x/y\r\n\r\n'],
    ['a Host with user information', 'GET / HTTP/1.1\r\nHost: a@x\r\n\r\n'],
    ['white space before the first field', 'GET / HTTP/1.1\r\n Host: x\r\n\r\n'],
  ])('refuses %s', async (_what, message) => {
    expect(await failureOf(() => request(message))).toBe('malformed')
  })

  it('refuses other versions by their own code, and reads a higher minor one as 1.1', async () => {
    for (const version of ['HTTP/2.0', 'HTTP/0.9']) {
      expect(await failureOf(() => request(`GET / ${version}\r\nHost: x\r\n\r\n`))).toBe('unsupported_version')
    }
    expect((await request('GET / HTTP/1.7\r\nHost: x\r\n\r\n'))?.version).toBe('HTTP/1.1')
    expect((await request('GET / HTTP/1.0\r\n\r\n'))?.version).toBe('HTTP/1.0')
  })
})

describe('a response head (RFC 9112 section 4)', () => {
  it('is read with and without a reason', async () => {
    expect(await response('HTTP/1.1 200 OK\r\nA: \xe9\r\n\r\n')).toEqual({
      version: 'HTTP/1.1',
      status: 200,
      reason: 'OK',
      fields: [['A', '\xe9']],
    })
    expect((await response('HTTP/1.1 404 \r\n\r\n')).reason).toBe('')
    expect((await response('HTTP/1.0 404\r\n\r\n')).status).toBe(404)
  })

  it.each([
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['a status below 100', 'HTTP/1.1 099 OK\r\n\r\n'],
    ['a signed status', 'HTTP/1.1 +20 OK\r\n\r\n'],
    ['two spaces', 'HTTP/1.1  200 OK\r\n\r\n'],
    ['a control character in the reason', 'HTTP/1.1 200 O\x07K\r\n\r\n'],
    ['something before it', '\r\nHTTP/1.1 200 OK\r\n\r\n'],
    ['another protocol', 'SSH-2.0-OpenSSH_9\r\n\r\n'],
  ])('refuses %s', async (_what, message) => {
    expect(await failureOf(() => response(message))).toBe('malformed')
  })

  it('says apart that nothing came, and that too little came', async () => {
    expect(await failureOf(() => response(''))).toBe('no_response')
    for (const part of ['H', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 200 OK\r\nA: b\r\n', 'HTTP/1.1 200 OK\r\nA: b\r\n\r']) {
      expect(await failureOf(() => response(part)), part).toBe('incomplete')
    }
  })

  it('passes interim responses by, so many as are allowed', async () => {
    const interim = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'
    const final = 'HTTP/1.1 200 OK\r\n\r\n'
    const seen: number[] = []
    const read = (count: number) =>
      readFinalResponseHead(sourceOf(interim.repeat(count) + final), undefined, ({ status }) => seen.push(status))
    expect((await read(16)).status).toBe(200)
    expect(seen).toEqual(Array(16).fill(103))
    expect(await failureOf(() => read(17))).toBe('head_too_large')
    const upgraded = await readFinalResponseHead(sourceOf('HTTP/1.1 101 Switching Protocols\r\n\r\n'))
    expect(upgraded.status).toBe(101)
  })
})

describe('what is sent', () => {
  it('is what would be read', async () => {
    const head = { method: 'PUT', target: '/a', fields: [['Host', 'x'] as const, ['X-A', '\xe9 b'] as const] }
    expect(await request(text(encodeRequestHead(head)))).toEqual({ ...head, version: 'HTTP/1.1' })
    const answer = { status: 299, reason: 'Fine', fields: [['A', ''] as const] }
    expect(await response(text(encodeResponseHead(answer)))).toEqual({ ...answer, version: 'HTTP/1.1' })
  })

  it.each([
    ['a value with CR LF', () => encodeRequestHead({ method: 'GET', target: '/', fields: [['A', 'b\r\nC: d']] })],
    ['a value with NUL', () => encodeRequestHead({ method: 'GET', target: '/', fields: [['A', 'b\0c']] })],
    ['a value beyond Latin-1', () => encodeRequestHead({ method: 'GET', target: '/', fields: [['A', '\u0142']] })],
    [
      'a value that is CR LF in its low bytes',
      () => encodeRequestHead({ method: 'GET', target: '/', fields: [['A', 'b\u010d\u010ac']] }),
    ],
    ['a name with a space', () => encodeRequestHead({ method: 'GET', target: '/', fields: [['A ', 'b']] })],
    ['an empty name', () => encodeRequestHead({ method: 'GET', target: '/', fields: [['', 'b']] })],
    ['a target with a space', () => encodeRequestHead({ method: 'GET', target: '/ HTTP/1.1', fields: [] })],
    ['a target with CR LF', () => encodeRequestHead({ method: 'GET', target: '/\r\n', fields: [] })],
    ['a method with a space', () => encodeRequestHead({ method: 'GET /', target: '/', fields: [] })],
    ['a reason with CR LF', () => encodeResponseHead({ status: 200, reason: 'OK\r\nA: b', fields: [] })],
    ['a status of two digits', () => encodeResponseHead({ status: 20, reason: 'OK', fields: [] })],
  ])('refuses %s', async (_what, encode) => {
    expect(await failureOf(encode)).toBe('invalid_argument')
  })
})

describe('whether a connection is kept (RFC 9112 section 9.3)', () => {
  it.each([
    ['HTTP/1.1', [], true],
    ['HTTP/1.1', ['close'], false],
    ['HTTP/1.1', ['Keep-Alive, CLOSE'], false],
    ['HTTP/1.1', ['a', 'close'], false],
    ['HTTP/1.0', [], false],
    ['HTTP/1.0', ['keep-alive'], true],
    ['HTTP/1.0', ['keep-alive, close'], false],
  ] as const)('%s with Connection %j: %s', (version, values, expected) => {
    expect(keepsAlive({ version, fields: values.map((value) => ['connection', value] as const) })).toBe(expected)
  })
})
