import { fileURLToPath } from 'node:url'
import { build } from 'vite'

export const testPageFolder = fileURLToPath(new URL('../../node_modules/.cache/test-page', import.meta.url))

/** Bundles test-e2e/page with the library as a user's bundler would. Playwright calls it once before all tests. */
export default async function buildTestPage(): Promise<void> {
  await build({
    root: fileURLToPath(new URL('../page', import.meta.url)),
    configFile: false,
    logLevel: 'warn',
    build: { outDir: testPageFolder, emptyOutDir: true, target: 'es2022', minify: false },
  })
  // one file of its own, with nothing that is loaded later: a service worker has no import()
  await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      outDir: testPageFolder,
      emptyOutDir: false,
      target: 'es2022',
      minify: false,
      lib: {
        entry: fileURLToPath(new URL('../page/tunnel-worker.ts', import.meta.url)),
        formats: ['iife'],
        name: 'tunnelWorker',
        fileName: () => 'tunnel-worker.js',
      },
    },
  })
}
