import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startOnFreePort } from '../support/ports.js'
import { startProcess } from '../support/server-process.js'
import { type Browser, type PageOutcome, resultOf } from './browser.js'
import { WebDriverSession } from './webdriver.js'

/** WebKitGTK's small browser over W3C WebDriver, on a screen of its own. */
export async function launchWebKit(paths: { readonly driver: string; readonly browser: string }): Promise<Browser> {
  const home = mkdtempSync(join(tmpdir(), 'webtls-webkit-'))
  // -displayfd makes it choose a free display and say its number
  const screen = startProcess('Xvfb', ['-displayfd', '1', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'])
  const [, display] = await screen.waitForOutput(/^(\d+)\n/m)
  const { process: driver, port } = await startOnFreePort((port) =>
    startProcess('dbus-run-session', ['--', paths.driver, `--port=${port}`, '--host=127.0.0.1'], {
      env: {
        DISPLAY: `:${display}`,
        HOME: home,
        XDG_RUNTIME_DIR: home,
        WEBKIT_DISABLE_COMPOSITING_MODE: '1',
        WEBKIT_FORCE_SANDBOX: '0',
        LIBGL_ALWAYS_SOFTWARE: '1',
      },
    }),
  )
  const stop = async () => {
    await driver.stop()
    await screen.stop()
    rmSync(home, { recursive: true, force: true, maxRetries: 5 })
  }

  let session: WebDriverSession
  try {
    session = await WebDriverSession.create(`http://127.0.0.1:${port}`, {
      'webkitgtk:browserOptions': { binary: paths.browser, args: ['--automation'] },
    })
  } catch (error) {
    const output = driver.output()
    await stop()
    throw new Error(`WebKit did not start: ${String(error)}\n${output}`)
  }

  return {
    version: `WebKitGTK ${session.browserVersion}`,
    async open(url) {
      await session.goTo(url)
      return {
        async evaluate(run, argument) {
          const outcome = await session.runAsync(runAndReport(String(run)), [argument ?? null])
          return resultOf(outcome as PageOutcome)
        },
        // one window serves all: the next page takes its place
        close: () => session.goTo('about:blank'),
      }
    },
    async close() {
      await session.end().catch(() => {})
      await stop()
    },
  }
}

/** WebDriver's asynchronous scripts end when they call their last argument. */
function runAndReport(run: string): string {
  return `
    const [argument, report] = arguments
    Promise.resolve().then(() => (${run})(argument)).then(
      (value) => report({ value }),
      (error) => report({ error: error instanceof Error ? error.name + ': ' + error.message + '\\n' + error.stack : String(error) }),
    )`
}
