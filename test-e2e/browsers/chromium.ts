import { chromium } from 'playwright-core'
import type { Browser } from './browser.js'

/** @param env in place of this process's own */
export async function launchChromium(executablePath: string, env?: Record<string, string>): Promise<Browser> {
  const browser = await chromium.launch({ executablePath, args: chromiumArguments(), ...(env && { env }) })
  return {
    version: `Chromium ${browser.version()}`,
    async open(url) {
      const context = await browser.newContext()
      const page = await context.newPage()
      await page.goto(url)
      return {
        evaluate: (run, argument) =>
          page.evaluate(`(${run})(${JSON.stringify(argument) ?? 'undefined'})`) as Promise<never>,
        close: () => context.close(),
      }
    },
    close: () => browser.close(),
  }
}

/** No connections of the browser's own beside the test's; root may not use the sandbox. */
export function chromiumArguments(): string[] {
  return [
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    // containers give it a small /dev/shm
    '--disable-dev-shm-usage',
  ]
}
