import type { Browser, Engine } from './browser.js'
import { launchChromium } from './chromium.js'
import { findChromium, findFirefox, findWebKit, howToGet } from './find-browser.js'
import { launchFirefox } from './firefox.js'
import { launchWebKit } from './webkit.js'

/** Starts a browser, or says why it cannot be: on CI, where the install step has brought them, by an error. */
export async function launch(engine: Engine): Promise<Browser | { readonly missing: string }> {
  const launched = await launchers[engine]()
  if (launched !== undefined) return launched
  if (process.env.CI) throw new Error(howToGet[engine])
  return { missing: howToGet[engine] }
}

const launchers: Readonly<Record<Engine, () => Promise<Browser> | undefined>> = {
  chromium: () => start(findChromium(), (path) => launchChromium(path)),
  firefox: () => start(findFirefox(), (path) => launchFirefox(path)),
  webkit: () => start(findWebKit(), launchWebKit),
}

function start<Found>(found: Found | undefined, run: (found: Found) => Promise<Browser>): Promise<Browser> | undefined {
  return found === undefined ? undefined : run(found)
}
