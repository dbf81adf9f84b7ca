import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import puppeteer from 'puppeteer-core'
import type { Browser } from './browser.js'

/**
 * Firefox over WebDriver BiDi, which puppeteer speaks and Playwright does not.
 * @param prepare of the profile's folder, before it starts
 */
export async function launchFirefox(
  executablePath: string,
  prepare: (profile: string) => void = () => {},
): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'webtls-firefox-'))
  prepare(profile)
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath,
    headless: true,
    userDataDir: profile,
    protocolTimeout: 120_000,
    // as root with another user's home folder Firefox refuses to start
    env: { ...process.env, HOME: profile },
  })
  return {
    version: await browser.version(),
    async open(url) {
      const context = await browser.createBrowserContext()
      const page = await context.newPage()
      await page.goto(url)
      return {
        evaluate: (run, argument) =>
          page.evaluate(`(${run})(${JSON.stringify(argument) ?? 'undefined'})`) as Promise<never>,
        close: () => context.close(),
      }
    },
    async close() {
      await browser.close()
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
