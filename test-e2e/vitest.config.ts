import { defineConfig } from 'vitest/config'

/** End to end without a browser: Node itself (`node`), the command line (`cli`), and Deno and Bun as child processes (`runtimes`). */
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    dangerouslyIgnoreUnhandledErrors: false,
    projects: ['node', 'peers', 'cli', 'runtimes'].map((name) => ({
      test: {
        name,
        include: [`test-e2e/${name}/**/*.test.ts`],
        testTimeout: 60_000,
        hookTimeout: 60_000,
        ...(name === 'cli' && { globalSetup: 'test-e2e/support/build-test-cli.ts' }),
      },
    })),
  },
})
