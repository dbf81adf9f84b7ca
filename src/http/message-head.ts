import type { ByteSource } from './byte-source.js'
import { type Fields, fieldValues, HeadBudget, isFieldValue, isToken, listElements, readFields } from './fields.js'
import { HttpError } from './http-error.js'
import { defaultHttpLimits, type HttpLimits } from './limits.js'

export type HttpVersion = 'HTTP/1.0' | 'HTTP/1.1'

export interface RequestHead {
  readonly method: string
  /** As it came: `/path?query`, `https://host/path`, `host:port` for CONNECT, or `*` for OPTIONS. */
  readonly target: string
  readonly version: HttpVersion
  readonly fields: Fields
}

export interface ResponseHead {
  readonly version: HttpVersion
  readonly status: number
  readonly reason: string
  readonly fields: Fields
}

/**
 * RFC 9112 sections 2, 3 and 5. `undefined` when the client has ended between requests.
 * @throws HttpError whose `status` is the answer
 */
export async function readRequestHead(
  source: ByteSource,
  limits: HttpLimits = defaultHttpLimits,
): Promise<RequestHead | undefined> {
  const budget = new HeadBudget(limits, limits.maxHeadBytes, 'head_too_large')
  // section 2.2: empty lines before a request are let pass; their bytes count
  let line = ''
  while (line === '') {
    if (!(await source.hasAny())) return undefined
    line = await budget.line(source)
  }
  const [method = '', target = '', version = '', ...more] = line.split(' ')
  if (!isToken(method) || more.length > 0 || !/^HTTP\/[0-9]\.[0-9]$/.test(version)) {
    throw new HttpError('malformed', `not a request line: ${JSON.stringify(line.slice(0, 60))}`)
  }
  checkTarget(method, target)
  const head = { method, target, version: knownVersion(version), fields: await readFields(source, budget) }
  checkHost(head)
  return head
}

/** RFC 9112 sections 4 and 5. @throws HttpError `no_response` when the server closed before a byte of it */
export async function readResponseHead(
  source: ByteSource,
  limits: HttpLimits = defaultHttpLimits,
): Promise<ResponseHead> {
  if (!(await source.hasAny())) throw new HttpError('no_response', 'the server closed the connection unanswered')
  const budget = new HeadBudget(limits, limits.maxHeadBytes, 'head_too_large')
  const line = await budget.line(source)
  const match = /^(HTTP\/[0-9]\.[0-9]) ([1-9][0-9]{2})(?: (.*))?$/.exec(line)
  const [, version = '', status = '', reason = ''] = match ?? []
  if (match === null || !isReason(reason)) {
    throw new HttpError('malformed', `not a status line: ${JSON.stringify(line.slice(0, 60))}`)
  }
  return { version: knownVersion(version), status: Number(status), reason, fields: await readFields(source, budget) }
}

/**
 * The response that counts: interim ones (1xx, RFC 9110 section 15.2) go to `onInterim`, as many as the limits allow.
 * 101 ends HTTP on the connection and is returned.
 */
export async function readFinalResponseHead(
  source: ByteSource,
  limits: HttpLimits = defaultHttpLimits,
  onInterim: (head: ResponseHead) => void = () => undefined,
): Promise<ResponseHead> {
  for (let interim = 0; interim <= limits.maxInterimResponses; interim++) {
    const head = await readResponseHead(source, limits)
    if (head.status >= 200 || head.status === 101) return head
    onInterim(head)
  }
  throw new HttpError('head_too_large', `more than ${limits.maxInterimResponses} interim responses (1xx)`)
}

/** Whether another message may follow on the connection: RFC 9112 section 9.3. */
export function keepsAlive({ version, fields }: Pick<RequestHead, 'version' | 'fields'>): boolean {
  const options = listElements(fields, 'connection')
  if (options.includes('close')) return false
  return version === 'HTTP/1.1' || options.includes('keep-alive')
}

/** @throws HttpError `invalid_argument` for what would break the line, or become two fields */
export function encodeRequestHead({ method, target, fields }: Omit<RequestHead, 'version'>): Uint8Array {
  if (!isToken(method)) throw new HttpError('invalid_argument', `not a method: ${JSON.stringify(method)}`)
  if (!/^[\x21-\x7e]+$/.test(target)) throw new HttpError('invalid_argument', 'a target has visible ASCII only')
  return encodeHead(`${method} ${target} HTTP/1.1`, fields)
}

/** @throws HttpError `invalid_argument` for what would break the line, or become two fields */
export function encodeResponseHead({ status, reason, fields }: Omit<ResponseHead, 'version'>): Uint8Array {
  if (!Number.isInteger(status) || status < 100 || status > 999) {
    throw new HttpError('invalid_argument', `a status has three digits, not ${status}`)
  }
  if (!isReason(reason)) throw new HttpError('invalid_argument', 'a reason phrase has no control characters')
  return encodeHead(`HTTP/1.1 ${status} ${reason}`, fields)
}

function encodeHead(startLine: string, fields: Fields): Uint8Array {
  for (const [name, value] of fields) {
    if (!isToken(name)) throw new HttpError('invalid_argument', `not a field's name: ${JSON.stringify(name)}`)
    if (!isFieldValue(value)) {
      throw new HttpError('invalid_argument', `the value of ${name} has control characters, or some beyond Latin-1`)
    }
  }
  const text = `${[startLine, ...fields.map(([name, value]) => `${name}: ${value}`)].join('\r\n')}\r\n\r\n`
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

/** RFC 9112 section 3.2 */
function checkTarget(method: string, target: string): void {
  const isAllowed =
    method === 'CONNECT'
      ? /^[!-~]+:[0-9]{1,5}$/.test(target) && !/[/?#@]/.test(target)
      : target === '*'
        ? method === 'OPTIONS'
        : /^(?:\/|https?:\/\/[^/?#]+)/i.test(target) && /^[!-~]+$/.test(target) && !target.includes('#')
  if (!isAllowed) throw new HttpError('malformed', `not a target of ${method}: ${JSON.stringify(target.slice(0, 60))}`)
}

/** RFC 9112 section 3.2: one Host, a valid one, in each request of HTTP/1.1; no other may hide behind it. */
function checkHost({ version, fields }: RequestHead): void {
  const hosts = fieldValues(fields, 'host')
  if (hosts.length > 1) throw new HttpError('malformed', 'Host came more than once')
  if (hosts.length === 0 && version === 'HTTP/1.1') throw new HttpError('malformed', 'Host is missing')
  const isHost = /^(?:\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z\-._~!$&'()*+;=%]*)(?::[0-9]{0,5})?$/
  if (!hosts.every((host) => isHost.test(host))) throw new HttpError('malformed', 'the value of Host is no host')
}

function knownVersion(version: string): HttpVersion {
  // RFC 9110 section 2.5: a higher minor version is read as the highest one known
  if (/^HTTP\/1\.[1-9]$/.test(version)) return 'HTTP/1.1'
  if (version === 'HTTP/1.0') return version
  throw new HttpError('unsupported_version', `HTTP/1.1 is spoken here, not ${version}`)
}

const isReason = (text: string): boolean => /^[\t\x20-\x7e\x80-\xff]*$/.test(text)
