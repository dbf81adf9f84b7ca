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
}
