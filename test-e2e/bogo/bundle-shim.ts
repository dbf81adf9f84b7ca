import { chmod, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

/** The shim with all that it imports in one place, since it is started once for each test. @returns its launcher */
export async function bundleShim(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'webtls-bogo-'))
  await build({
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: fileURLToPath(new URL('shim.ts', import.meta.url)),
      outDir: directory,
      emptyOutDir: false,
      target: 'node20',
      minify: false,
      rollupOptions: { output: { entryFileNames: 'shim.mjs' } },
    },
  })
  const launcher = join(directory, 'shim')
  const shim = join(directory, 'shim.mjs')
  // the runner takes what stands on stderr for a failure: Node's own warnings must not
  await writeFile(launcher, `#!/bin/sh\nexec ${quote(process.execPath)} --no-warnings ${quote(shim)} "$@"\n`)
  await chmod(launcher, 0o755)
  return launcher
}

const quote = (path: string): string => `'${path.replaceAll("'", `'\\''`)}'`
