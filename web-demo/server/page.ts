import { readdir, readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { build, createServer, type Rolldown } from 'vite'

/** The page's files, over HTTP. */
export interface Page {
  answer(request: IncomingMessage, response: ServerResponse): void
  close(): Promise<void>
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The page as it would be published, built into memory: nothing is left on the disk. */
export async function builtPage(): Promise<Page> {
  const built = await build({
    root: `${root}web-demo`,
    configFile: `${root}vite.config.ts`,
    mode: 'demo',
    logLevel: 'warn',
    build: { write: false, sourcemap: false, reportCompressedSize: false },
  })
  const outputs = (Array.isArray(built) ? built : [built]) as Rolldown.RolldownOutput[]
  const files = new Map<string, string | Uint8Array>()
  for (const file of outputs.flatMap(({ output }) => output)) {
    files.set(`/${file.fileName}`, file.type === 'chunk' ? file.code : file.source)
  }
  // vite copies these as they are, and only when it writes to the disk
  for (const name of await readdir(`${root}public`)) files.set(`/${name}`, await readFile(`${root}public/${name}`))
  return {
    answer(request, response) {
      const path = new URL(request.url ?? '/', 'http://page').pathname
      const name = path.endsWith('/') ? `${path}index.html` : path
      const file = files.get(name)
      if (file === undefined) {
        response.writeHead(404, { 'content-type': 'text/plain' }).end(`There is no ${name} here.\n`)
        return
      }
      const extension = name.slice(name.lastIndexOf('.') + 1)
      response.writeHead(200, {
        'content-type': contentTypes[extension] ?? 'application/octet-stream',
        'cache-control': 'no-cache',
        'x-content-type-options': 'nosniff',
        // isolated from other origins, the page gets the browser's fine clock: the timeline needs it
        // save for the tunnel's, which shows pages of servers that do not say that they may be shown so
        ...(!name.startsWith('/tunnel/') && {
          'cross-origin-opener-policy': 'same-origin',
          'cross-origin-embedder-policy': 'require-corp',
        }),
        'cross-origin-resource-policy': 'cross-origin',
        'referrer-policy': 'no-referrer',
      })
      response.end(file)
    },
    close: async () => undefined,
  }
}

/** The page from its sources, which changes as they do: for those who work on it. */
export async function livePage(): Promise<Page> {
  const vite = await createServer({
    root: `${root}web-demo`,
    configFile: `${root}vite.config.ts`,
    mode: 'development',
    appType: 'mpa',
    server: { middlewareMode: true },
  })
  return {
    answer(request, response) {
      vite.middlewares(request, response)
    },
    close: () => vite.close(),
  }
}

const contentTypes: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  json: 'application/json',
}
