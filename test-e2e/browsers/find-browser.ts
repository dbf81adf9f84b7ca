import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { findCommand } from '../../scripts/install/find-command.js'

/** Chromium or Chrome: one that was named, Debian's, Google's, or Playwright's own. */
export function findChromium(): string | undefined {
  const named = process.env.CHROMIUM_PATH
  if (named !== undefined) return named
  return (
    firstCommand(
      'chromium',
      'chromium-browser',
      'google-chrome',
      'google-chrome-stable',
      ...macPaths('Google Chrome'),
    ) ?? playwrightsChromium()
  )
}

export function findFirefox(): string | undefined {
  return process.env.FIREFOX_PATH ?? firstCommand('firefox-esr', 'firefox', ...macPaths('Firefox', 'firefox'))
}

/** WebKitGTK's driver and its small browser, and what they need on a machine without a screen. */
export function findWebKit(): { readonly driver: string; readonly browser: string } | undefined {
  const driver = firstCommand('WebKitWebDriver')
  const browser = ['4.1', '4.0']
    .map((version) => `/usr/lib/x86_64-linux-gnu/webkit2gtk-${version}/MiniBrowser`)
    .concat(['4.1', '4.0'].map((version) => `/usr/lib/aarch64-linux-gnu/webkit2gtk-${version}/MiniBrowser`))
    .find((path) => existsSync(path))
  if (driver === undefined || browser === undefined) return undefined
  return firstCommand('Xvfb') && firstCommand('dbus-run-session') ? { driver, browser } : undefined
}

/** What a person can do about a browser that is not there. */
export const howToGet = {
  chromium:
    'no Chromium found: install Chromium or Chrome, or run "npx playwright install chromium", ' +
    'or set CHROMIUM_PATH to the program',
  firefox: 'no Firefox found: install it (Debian: apt-get install firefox-esr), or set FIREFOX_PATH to the program',
  webkit: 'no WebKitGTK found: on Debian, apt-get install webkit2gtk-driver xvfb dbus (it exists for Linux only)',
} as const

function playwrightsChromium(): string | undefined {
  const path = chromium.executablePath()
  return existsSync(path) ? path : undefined
}

function firstCommand(...commands: readonly string[]): string | undefined {
  return commands.map(findCommand).find((path) => path !== undefined)
}

function macPaths(name: string, binary = name): readonly string[] {
  return [`/Applications/${name}.app/Contents/MacOS/${binary}`]
}
