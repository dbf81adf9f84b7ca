import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { build } from 'vite'
import { chromiumArguments } from '../../test-e2e/browsers/chromium.js'
import { findChromium } from '../../test-e2e/browsers/find-browser.js'
import type { Result } from './x509-cases.js'

/** The same cases in a page of Chromium; `undefined` when there is none. */
export async function measureInChromium(seconds: number): Promise<{ version: string; results: Result[] } | undefined> {
  const executablePath = findChromium()
  if (executablePath === undefined) return undefined
  const browser = await chromium.launch({ executablePath, args: chromiumArguments() })
  try {
    const page = await browser.newPage()
    // a page without a server, at an address where WebCrypto is available
    await page.route('http://localhost/', (route) =>
      route.fulfill({ body: '<!doctype html>', contentType: 'text/html' }),
    )
    await page.goto('http://localhost/')
    await page.addScriptTag({ content: await bundle() })
    const results = (await page.evaluate(`bench.measureOurs(${seconds})`)) as Result[]
    return { version: browser.version(), results }
  } finally {
    await browser.close()
  }
}

async function bundle(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      lib: { entry: fileURLToPath(new URL('x509-cases.ts', import.meta.url)), formats: ['iife'], name: 'bench' },
    },
  })
  const [output] = Array.isArray(built) ? built : [built]
  const chunk = output !== undefined && 'output' in output ? output.output[0] : undefined
  if (chunk === undefined) throw new Error('the bundle is empty')
  return chunk.code
}
