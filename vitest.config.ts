import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test-unit/**/*.test.ts'],
    // an unhandled rejection anywhere fails the run: Vitest's default, said aloud because the suite relies on it
    dangerouslyIgnoreUnhandledErrors: false,
    testTimeout: 20_000,
    // many tests wait for timers and sockets: no core need be left free
    maxWorkers: '100%',
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'json-summary', 'html'],
    },
  },
})
