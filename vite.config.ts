import { readFileSync } from 'node:fs'
import { defineConfig } from 'vite'

const manifest = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as {
  dependencies: Record<string, string>
}

/** Dependencies and Node's own modules stay imports: the user's bundler decides about them. */
const isExternal = (id: string) =>
  id.startsWith('node:') || Object.keys(manifest.dependencies).some((name) => id === name || id.startsWith(`${name}/`))

export default defineConfig(({ mode }) =>
  mode === 'library'
    ? {
        publicDir: false,
        build: {
          outDir: 'dist',
          target: 'es2022',
          sourcemap: true,
          minify: false,
          lib: {
            entry: {
              index: 'src/index.ts',
              websocket: 'src/websocket.ts',
              wisp: 'src/wisp.ts',
              fetch: 'src/fetch.ts',
              sockets: 'src/sockets.ts',
              http: 'src/http.ts',
              'page-identity': 'src/page-identity.ts',
              'service-worker': 'src/service-worker.ts',
              relay: 'src/relay.ts',
              node: 'src/node.ts',
              cli: 'src/cli/main.ts',
              x509: 'src/x509.ts',
              roots: 'src/roots.ts',
              contexts: 'src/contexts.ts',
              inspect: 'src/inspect.ts',
            },
            formats: ['es'],
          },
          rollupOptions: { external: isExternal },
        },
      }
    : {
        root: 'web-demo',
        // the built page works below any path
        base: './',
        publicDir: '../public',
        worker: {
          format: 'iife' as const,
          rollupOptions: {
            output: {
              // a service worker controls its own folder: it must not lie among the assets
              entryFileNames: ({ name }: { readonly name: string }) =>
                name === 'worker' ? 'tunnel/worker.js' : 'assets/[name]-[hash].js',
            },
          },
        },
        build: {
          outDir: '../dist-demo',
          emptyOutDir: true,
          target: 'es2022',
          sourcemap: true,
          rollupOptions: {
            // the workers take most of the build's time, as they must: no news for who starts the demo
            checks: { bundlerTimings: false },
            input: ['index.html', 'serve.html', 'contexts.html', 'fetch.html', 'tunnel/index.html'].map(
              (page) => `web-demo/${page}`,
            ),
          },
        },
      },
)
