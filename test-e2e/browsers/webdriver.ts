/** The little of W3C WebDriver that the tests use. */
export class WebDriverSession {
  readonly browserVersion: string
  private readonly address: string

  private constructor(address: string, browserVersion: string) {
    this.address = address
    this.browserVersion = browserVersion
  }

  static async create(driver: string, capabilities: Record<string, unknown>): Promise<WebDriverSession> {
    const created = (await send('POST', `${driver}/session`, {
      capabilities: { alwaysMatch: capabilities },
    })) as { sessionId: string; capabilities: { browserVersion?: string } }
    const session = new WebDriverSession(
      `${driver}/session/${created.sessionId}`,
      created.capabilities.browserVersion ?? 'of unknown version',
    )
    await session.post('timeouts', { script: 120_000, pageLoad: 60_000 })
    return session
  }

  async goTo(url: string): Promise<void> {
    await this.post('url', { url })
  }

  runAsync(script: string, args: readonly unknown[]): Promise<unknown> {
    return this.post('execute/async', { script, args })
  }

  async end(): Promise<void> {
    await send('DELETE', this.address)
  }

  private post(command: string, body: unknown): Promise<unknown> {
    return send('POST', `${this.address}/${command}`, body)
  }
}

async function send(method: string, url: string, body?: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    signal: AbortSignal.timeout(150_000),
  })
  const { value } = (await response.json()) as { value: { error?: string; message?: string } }
  if (!response.ok) throw new Error(`WebDriver: ${value.error}: ${value.message}`)
  return value
}
