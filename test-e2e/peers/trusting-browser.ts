import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { findCommand } from '../../scripts/install/find-command.js'
import type { Browser } from '../browsers/browser.js'
import { launchChromium } from '../browsers/chromium.js'
import { findChromium, findFirefox, howToGet } from '../browsers/find-browser.js'
import { launchFirefox } from '../browsers/firefox.js'
import { testPki } from '../support/pki.js'

/** Kinds of keys that both browsers take in certificates. */
export const browserKeys = ['rsa2048', 'ecdsa-p256', 'ecdsa-p384'] as const

export type TrustingBrowser = 'Chromium' | 'Firefox'

/** Why it cannot be, or false. */
export function missingBrowser(name: TrustingBrowser): string | false {
  const reason =
    (name === 'Chromium' ? findChromium() : findFirefox()) === undefined
      ? howToGet[name === 'Chromium' ? 'chromium' : 'firefox']
      : findCommand('certutil') === undefined && 'certutil is not installed (Debian: libnss3-tools)'
  if (reason !== false && process.env.CI) throw new Error(reason)
  if (reason !== false) console.warn(`${name} is skipped: ${reason}`)
  return reason
}

/** A browser that trusts the test's authorities in its own connections, as if its user had imported them. */
export async function launchTrusting(name: TrustingBrowser): Promise<Browser> {
  if (name === 'Firefox') return await launchFirefox(required(findFirefox()), importAuthorities)
  // on Linux Chromium looks into the NSS database of its user
  const home = mkdtempSync(join(tmpdir(), 'webtls-home-'))
  const database = join(home, '.pki/nssdb')
  mkdirSync(database, { recursive: true })
  importAuthorities(database)
  const { XDG_DATA_HOME: _, ...env } = process.env
  const browser = await launchChromium(required(findChromium()), { ...(env as Record<string, string>), HOME: home })
  return {
    ...browser,
    async close() {
      await browser.close()
      rmSync(home, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Into an NSS database in this folder; Firefox's profile is one. */
function importAuthorities(folder: string): void {
  const certutil = (...args: readonly string[]) => execFileSync(required(findCommand('certutil')), args)
  certutil('-d', `sql:${folder}`, '-N', '--empty-password')
  for (const keyType of browserKeys) {
    const root = join(dirname(testPki().leaf[keyType].leafFile), 'root.pem')
    certutil('-d', `sql:${folder}`, '-A', '-n', keyType, '-t', 'C,,', '-i', root)
  }
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('it was there a moment ago')
  return value
}
