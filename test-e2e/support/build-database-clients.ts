import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build, createServer, type InlineConfig } from 'vite'
import type { Connect } from '../../src/sockets.js'
import { testPageFolder } from './build-test-page.js'

/** What the clients of PostgreSQL have in common: the programs of test-e2e/database-clients. */
export interface DatabaseClients {
  queryWithPg(connect: Connect, target: DatabaseTarget): Promise<Record<string, unknown>>
  poolWithPg(connect: Connect, target: DatabaseTarget): Promise<readonly number[]>
  queryWithPostgres(connect: Connect, target: DatabaseTarget): Promise<Record<string, unknown>>
}

interface DatabaseTarget {
  readonly host: string
  readonly port: number
  readonly ssl?: boolean
}

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const clients = folder('../database-clients')

/** As a user's bundler does it: the clients' builds for Workers, with a module in place of `cloudflare:sockets`. */
const common = {
  configFile: false,
  publicDir: false,
  logLevel: 'warn',
  resolve: {
    alias: { 'cloudflare:sockets': join(clients, 'cloudflare-sockets.ts') },
    conditions: ['workerd', 'module'],
  },
} satisfies InlineConfig

/** For Node. Its `navigator` must be that of a Worker when this is called: the clients look at it. */
export async function loadDatabaseClients(): Promise<DatabaseClients> {
  const outDir = folder('../../node_modules/.cache/database-clients')
  await build({
    ...common,
    root: clients,
    ssr: { noExternal: true, resolve: { conditions: common.resolve.conditions } },
    build: {
      ssr: true,
      outDir,
      emptyOutDir: true,
      target: 'es2022',
      minify: false,
      rollupOptions: { input: ['pg.mjs', 'postgres.mjs'].map((name) => join(clients, name)) },
    },
  })
  const load = async (name: string) => await import(/* @vite-ignore */ pathToFileURL(join(outDir, name)).href)
  return { ...(await load('pg.js')), ...(await load('postgres.js')) }
}

/** For a page: a module beside the test page. @returns its path there */
export async function buildDatabasePage(engine: string): Promise<string> {
  const fileName = `database-page-${engine}.js`
  const project = databaseProject(engine)
  await build({
    ...project,
    // there is no node:stream in a page, and it is used for large objects only
    logLevel: 'error',
    build: {
      outDir: testPageFolder,
      emptyOutDir: false,
      target: 'es2022',
      minify: false,
      lib: { entry: join(project.root, 'src/main.js'), formats: ['es'], fileName: () => fileName },
    },
  })
  return `/${fileName}`
}

/** The same module from Vite's development server, as `npx vite` has it, which bundles dependencies beforehand. */
export async function serveDatabasePage(engine: string): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const server = await createServer({
    ...databaseProject(`${engine}-dev`),
    logLevel: 'error',
    // the library's source and the packages are above the project's folder
    server: { port: 0, host: '127.0.0.1', fs: { allow: [folder('../..')] } },
  })
  await server.listen()
  return { url: `${server.resolvedUrls?.local[0]}src/main.js`, stop: () => server.close() }
}

/** A user's project with the vite.config.js of docs/sockets.md, as it stands there. */
function databaseProject(name: string) {
  const root = folder(`../../test-results/database-page-${name}`)
  rmSync(root, { recursive: true, force: true })
  mkdirSync(join(root, 'src'), { recursive: true })
  const document = readFileSync(folder('../../docs/sockets.md'), 'utf8')
  const [, config] = /^```js\n(\/\/ vite\.config\.js\n[\s\S]*?)^```$/m.exec(document) ?? []
  if (config === undefined) throw new Error('docs/sockets.md has no vite.config.js')
  const configFile = join(root, 'vite.config.js')
  const files = {
    'vite.config.js': config,
    'index.html': '<!doctype html><script type="module" src="/src/main.js"></script>\n',
    'src/main.js': reExport('page.mjs'),
    'src/cloudflare-sockets.ts': reExport('cloudflare-sockets.ts'),
  }
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text)
  return { root, configFile, publicDir: false, cacheDir: join(root, '.vite') } satisfies InlineConfig
}

const reExport = (name: string) => `export * from ${JSON.stringify(join(clients, name))}\n`
