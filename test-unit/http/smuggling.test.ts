import { describe, expect, it } from 'vitest'
import { requestFraming, responseFraming } from '../../src/http/framing.js'
import { readRequestHead, readResponseHead } from '../../src/http/message-head.js'
import { failureOf, sourceOf } from './support.js'

/** What two readers could take for different messages: each is refused (RFC 9112 sections 2.2, 5.1, 6.1, 6.3, 11). */
const requestWith = (fields: string, version = 'HTTP/1.1') => `POST / ${version}\r\nHost: x\r\n${fields}\r\n`

async function framingOfRequest(message: string) {
  const head = await readRequestHead(sourceOf(message))
  if (head === undefined) throw new Error('no request')
  return requestFraming(head)
}

async function framingOfResponse(message: string, method = 'GET') {
  return responseFraming(await readResponseHead(sourceOf(message)), method)
}

describe('lengths', () => {
  it.each([
    ['both Content-Length and Transfer-Encoding', 'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n'],
    ['the same in the other order', 'Transfer-Encoding: chunked\r\nContent-Length: 0\r\n'],
    ['two Content-Lengths that differ', 'Content-Length: 3\r\nContent-Length: 4\r\n'],
    ['two in one that differ', 'Content-Length: 3, 4\r\n'],
    ['two that are equal only as numbers', 'Content-Length: 3, 03\r\n'],
    ['a signed length', 'Content-Length: +3\r\n'],
    ['a negative length', 'Content-Length: -3\r\n'],
    ['a hexadecimal length', 'Content-Length: 0x3\r\n'],
    ['an empty length', 'Content-Length:\r\n'],
    ['a length with a comma', 'Content-Length: 3,\r\n'],
    ['a length with space within', 'Content-Length: 1 3\r\n'],
    ['a length with an exotic space', 'Content-Length: \xa03\r\n'],
    ['a length beyond what a number holds', 'Content-Length: 99999999999999999999\r\n'],
    ['chunked twice', 'Transfer-Encoding: chunked, chunked\r\n'],
    ['chunked twice in two fields', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n'],
    ['chunked that is not last', 'Transfer-Encoding: chunked, gzip\r\n'],
    ['an empty Transfer-Encoding', 'Transfer-Encoding:\r\n'],
  ])('refuses %s, in either direction', async (_what, fields) => {
    expect(await failureOf(() => framingOfRequest(requestWith(fields)))).toBe('malformed')
    expect(await failureOf(() => framingOfResponse(`HTTP/1.1 200 OK\r\n${fields}\r\n`))).toBe('malformed')
    // a message without a body that contradicts itself is not trusted either
    expect(await failureOf(() => framingOfResponse(`HTTP/1.1 304 Not Modified\r\n${fields}\r\n`))).toBe('malformed')
  })

  it.each(['gzip', 'gzip, chunked', 'identity', 'xchunked', 'chunked;q=1', '"chunked"', '\xa0chunked', 'chunked\x85'])(
    'refuses the transfer coding %s as unknown',
    async (coding) => {
      expect(await failureOf(() => framingOfRequest(requestWith(`Transfer-Encoding: ${coding}\r\n`)))).toBe(
        'unsupported_coding',
      )
    },
  )

  it('refuses Transfer-Encoding in HTTP/1.0', async () => {
    const fields = 'Transfer-Encoding: chunked\r\n'
    expect(await failureOf(() => framingOfRequest(requestWith(fields, 'HTTP/1.0')))).toBe('malformed')
    expect(await failureOf(() => framingOfResponse(`HTTP/1.0 200 OK\r\n${fields}\r\n`))).toBe('malformed')
  })

  it('takes what is plain', async () => {
    expect(await framingOfRequest(requestWith(''))).toEqual({ kind: 'none' })
    expect(await framingOfRequest(requestWith('Content-Length: 0\r\n'))).toEqual({ kind: 'none' })
    expect(await framingOfRequest(requestWith('content-length:7\r\n'))).toEqual({ kind: 'length', length: 7 })
    expect(await framingOfRequest(requestWith('Content-Length: 7, 7\r\n'))).toEqual({ kind: 'length', length: 7 })
    expect(await framingOfRequest(requestWith('Transfer-Encoding: Chunked\r\n'))).toEqual({ kind: 'chunked' })
    expect(await framingOfResponse('HTTP/1.1 200 OK\r\n\r\n')).toEqual({ kind: 'close' })
    expect(await framingOfResponse('HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n')).toEqual({
      kind: 'length',
      length: 7,
    })
  })

  it.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
    ['GET', 101],
    ['CONNECT', 200],
  ])('gives an answer to %s with %i no body, whatever it announces', async (method, status) => {
    const message = `HTTP/1.1 ${status} X\r\nContent-Length: 7\r\n\r\n`
    expect(await framingOfResponse(message, method)).toEqual({ kind: 'none' })
  })
})

describe('lines', () => {
  const field = (line: string) => `GET / HTTP/1.1\r\nHost: x\r\n${line}\r\n\r\n`

  it.each([
    ['a bare LF after the request line', 'GET / HTTP/1.1\nHost: x\r\n\r\n'],
    ['a bare LF after a field', 'GET / HTTP/1.1\r\nHost: x\n\r\n'],
    ['a bare LF as the empty line', 'GET / HTTP/1.1\r\nHost: x\r\n\nGET /b HTTP/1.1\r\n\r\n'],
    ['a bare CR in a value', field('A: b\rc')],
    ['a bare CR that hides a field', field('A: b\rContent-Length: 5')],
    ['a bare CR as the empty line', 'GET / HTTP/1.1\r\nHost: x\r\n\r\rGET'.concat(' / HTTP/1.1\r\n\r\n')],
    ['CR CR LF', field('A: b\r')],
    ['a folded line', field('A: b\r\n c')],
    ['a folded line by a tab', field('A: b\r\n\tc')],
    ['white space before the colon', field('A : b')],
    ['a tab before the colon', field('A\t: b')],
    ['a name without a colon', field('A')],
    ['no name', field(': b')],
    ['a NUL in a name', field('A\0: b')],
    ['a NUL in a value', field('A: b\0c')],
    ['a control character in a value', field('A: b\x0bc')],
    ['DEL in a value', field('A: b\x7fc')],
    ['a name beyond ASCII', field('\xc4: b')],
    ['a line separator of another charset', field('A: b\x85\r\n\x0cc: d')],
  ])('refuses %s', async (_what, message) => {
    expect(await failureOf(() => readRequestHead(sourceOf(message)))).toBe('malformed')
  })
})
