import { defineConfig } from '@playwright/test'
import { type Engine, engines } from './test-e2e/browsers/browser.js'
import { chromiumArguments } from './test-e2e/browsers/chromium.js'
import { findChromium } from './test-e2e/browsers/find-browser.js'

/**
 * Playwright runs the tests for all three engines. Chromium is driven by Playwright itself; Firefox and WebKitGTK, of
 * which it would need builds of its own, by the drivers in test-e2e/browsers.
 */
const executablePath = findChromium()

export default defineConfig<object, { engine: Engine }>({
  testDir: 'test-e2e',
  testMatch: ['browser/**/*.spec.ts', 'demo/**/*.spec.ts', 'tunnel/**/*.spec.ts'],
  outputDir: 'test-results',
  globalSetup: './test-e2e/support/build-test-page.ts',
  forbidOnly: Boolean(process.env.CI),
  timeout: 90_000,
  // a flaky test is a broken test
  retries: 0,
  // a browser, a relay and a server each: more would only wait for each other on a small machine
  workers: 2,
  fullyParallel: false,
  reporter: 'list',
  use: {
    launchOptions: { args: chromiumArguments(), ...(executablePath === undefined ? {} : { executablePath }) },
    screenshot: 'only-on-failure',
  },
  projects: [
    ...engines.map((engine) => ({ name: engine, testMatch: 'browser/**/*.spec.ts', use: { engine } })),
    // what DevTools must look into
    { name: 'tunnel', testMatch: 'tunnel/**/*.spec.ts', use: { engine: 'chromium' } },
    // the real page, which a person would use
    { name: 'demo', testMatch: 'demo/**/*.spec.ts', use: { engine: 'chromium' } },
  ],
})
