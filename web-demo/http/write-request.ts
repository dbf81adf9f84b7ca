export interface HttpRequest {
  readonly method: string
  readonly path: string
  readonly host: string
  readonly port: number
  readonly contentType?: string | undefined
  readonly contentLength?: number | undefined
}

/** The head of a request whose answer ends the connection. @throws RangeError for what would break the line */
export function requestHead(request: HttpRequest): string {
  const { method, path, host, port, contentType, contentLength } = request
  if (!/^[A-Z]+$/.test(method)) throw new RangeError(`not a method: "${method}"`)
  if (!/^\/[!-~]*$/.test(path)) {
    throw new RangeError('a path begins with "/" and has neither spaces nor letters beyond ASCII: write them as %20')
  }
  const name = host.includes(':') ? `[${host.replace(/^\[|\]$/g, '')}]` : host
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `Host: ${port === 443 ? name : `${name}:${port}`}`,
    'User-Agent: webtls-demo',
    'Accept: */*',
    ...(contentType === undefined ? [] : [`Content-Type: ${contentType}`]),
    ...(contentLength === undefined ? [] : [`Content-Length: ${contentLength}`]),
    'Connection: close',
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}
