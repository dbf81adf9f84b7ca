import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { build } from 'vite'
import { chromiumArguments } from '../../test-e2e/browsers/chromium.js'
import { findChromium } from '../../test-e2e/browsers/find-browser.js'
import type { Command } from './cases.js'
import { readCertificates } from './certificates.js'
import type { Participant, ParticipantKind } from './participants.js'

/** The same measurements in a page, which has both ends; nothing where there is no Chromium. */
export function webtlsInChromium(): readonly ParticipantKind[] {
  const executablePath = findChromium()
  if (executablePath === undefined) {
    console.log('without Chromium, which was not found')
    return []
  }
  const name = 'webtls in Chromium'
  return [{ name, start: (folder) => start(name, executablePath, folder) }]
}

async function start(name: string, executablePath: string, folder: string): Promise<Participant> {
  const browser = await chromium.launch({ executablePath, args: chromiumArguments() })
  const page = await browser.newPage()
  // isolated, for a clock of 5 microseconds instead of 100
  const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }
  await page.route('http://localhost/', (route) =>
    route.fulfill({ headers, contentType: 'text/html', body: '<!doctype html>' }),
  )
  await page.goto('http://localhost/')
  await page.addScriptTag({ content: await bundle() })
  return {
    name,
    version: browser.version(),
    hasManyAtOnce: true,
    // a page is not told what its heap holds
    lacks: ({ kind }) => kind === 'memory',
    async ask(command: Command) {
      const method = { handshake: 'measureHandshakes', throughput: 'measureThroughput', memory: undefined }[
        command.kind
      ]
      const parameters = [command, readCertificates(folder, command.certificate)].map((each) => JSON.stringify(each))
      return await page.evaluate(`bench.${method}(${parameters.join(', ')})`)
    },
    stop: () => browser.close(),
  }
}

async function bundle(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      lib: { entry: fileURLToPath(new URL('measure.ts', import.meta.url)), formats: ['iife'], name: 'bench' },
    },
  })
  const [output] = Array.isArray(built) ? built : [built]
  const chunk = output !== undefined && 'output' in output ? output.output[0] : undefined
  if (chunk === undefined) throw new Error('the bundle is empty')
  return chunk.code
}
