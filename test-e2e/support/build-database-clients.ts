import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build, type InlineConfig } from 'vite'
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
  await build({
    ...common,
    // there is no node:stream in a page, and it is used for large objects only
    logLevel: 'error',
    root: clients,
    resolve: {
      ...common.resolve,
      alias: { ...common.resolve.alias, 'node:buffer': 'buffer/', 'node:events': 'events/' },
    },
    build: {
      outDir: testPageFolder,
      emptyOutDir: false,
      target: 'es2022',
      minify: false,
      lib: { entry: join(clients, 'page.mjs'), formats: ['es'], fileName: () => fileName },
    },
  })
  return `/${fileName}`
}
